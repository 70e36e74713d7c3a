#include "engine/pipeline/linker_diagnostics.h"

#include <gtest/gtest.h>

#include "engine/elf/object_writer.h"

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

std::string told(std::string_view words) {
  Diagnostics problems = problems_in_linker_diagnostics(words, partial());
  for (Diagnostic& problem : problems) {
    if (!problem.place) continue;
    problem.file = "section " + std::to_string(problem.place->section) + "+" +
                   std::to_string(problem.place->offset);
  }
  return text_of(problems);
}

TEST(LinkerWordsTest, ASectionWithoutAPlaceIsToldOnceForBothLinkers) {
  constexpr auto words =
      "section 2+0: section my_table is placed nowhere by the script\n"
      "  place it in an output section: *(my_table)";
  EXPECT_EQ(told("/usr/bin/ld: error: unplaced orphan section `my_table' from `partial.o'\n"
                 "/usr/bin/ld: warning: layout.elf has a LOAD segment with RWX permissions\n"),
            words);
  EXPECT_EQ(told("ld.lld: error: partial.o:(my_table) is being placed in 'my_table'\n"
                 "ld.lld: error: partial.o:(my_table) is being placed in 'my_table'\n"),
            words);
}

TEST(LinkerWordsTest, APlaceOutOfReachIsTold) {
  EXPECT_EQ(told("partial.o: in function `run':\n(.text+0x1c): relocation truncated to fit: "
                 "R_X86_64_PC32 against symbol `far' defined in .far section in partial.o\n"),
            "section 1+28: `far' is out of reach (R_X86_64_PC32)\n"
            "  place the two nearer to each other in the script, or compile for a larger code "
            "model");
}

TEST(LinkerWordsTest, WordsWithAnotherErrorAreLeftToTheLinker) {
  EXPECT_EQ(told("ld: error: unplaced orphan section `my_table' from `partial.o'\n"
                 "ld:layout.lds:3: syntax error\n"),
            "");
  EXPECT_EQ(told(""), "");
}

}  // namespace
}  // namespace cbundle
