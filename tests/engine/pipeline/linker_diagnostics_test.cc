#include "engine/pipeline/linker_diagnostics.h"

#include <gtest/gtest.h>

#include "engine/elf/object_writer.h"
#include "engine/tool/tool_diagnostics.h"

namespace cbundle {
namespace {

// An object with sections .text and my_table.
ElfFile partial() {
  ObjectWriter object({EM_X86_64, true, false, 0});
  for (const char* name : {".text", "my_table"}) {
    object.section({.name = name,
                    .type = SHT_PROGBITS,
                    .flags = SHF_ALLOC,
                    .alignment = 16,
                    .content = std::string(64, '\0')});
  }
  Result<ElfFile> elf = ElfFile::parse(Blob(object.finish()));
  EXPECT_TRUE(elf);
  return elf ? std::move(elf).value() : ElfFile();
}

// With the place in the partial object as the file.
std::string understood(std::string_view output) {
  Diagnostics errors =
      diagnose_linker_output(tool_diagnostics(output, "/usr/bin/ld", Severity::error), partial());
  for (Diagnostic& error : errors) {
    if (!error.place) continue;
    error.file = "section " + std::to_string(error.place->section) + "+" +
                 std::to_string(error.place->offset);
  }
  return render(errors, "cbundle");
}

TEST(LinkerDiagnosticsTest, ASectionThatIsNotPlacedIsOneErrorForBothLinkers) {
  constexpr auto error =
      "section 2+0: error: section my_table is not placed by the script\n"
      "section 2+0: hint: place it in an output section: *(my_table)\n";
  EXPECT_EQ(
      understood("/usr/bin/ld: error: unplaced orphan section `my_table' from `partial.o'\n"
                 "/usr/bin/ld: warning: layout.elf has a LOAD segment with RWX permissions\n"),
      error);
  EXPECT_EQ(understood("ld.lld: error: partial.o:(my_table) is being placed in 'my_table'\n"
                       "ld.lld: error: partial.o:(my_table) is being placed in 'my_table'\n"),
            error);
}

TEST(LinkerDiagnosticsTest, ATargetThatIsOutOfReachIsAnError) {
  EXPECT_EQ(understood("partial.o: in function `run':\n(.text+0x1c): relocation truncated to fit: "
                       "R_X86_64_PC32 against symbol `far' defined in .far section in partial.o\n"),
            "section 1+28: error: section .text+0x1c cannot reach 'far' (R_X86_64_PC32 in .text)\n"
            "section 1+28: hint: place the two nearer to each other in the script, or compile for "
            "a larger code model\n");
}

TEST(LinkerDiagnosticsTest, AnyOtherErrorLeavesTheMessagesToTheLinker) {
  EXPECT_EQ(understood("ld: error: unplaced orphan section `my_table' from `partial.o'\n"
                       "ld:layout.lds:3: syntax error\n"),
            "");
  EXPECT_EQ(understood(""), "");
}

}  // namespace
}  // namespace cbundle
