#include "engine/base/diagnostic.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

Diagnostic pointer_in_table() {
  return {.message = "variable 'handlers' needs the absolute address of 'on_mem'",
          .hint = "store offsets instead of pointers",
          .file = "cmdline.c",
          .line = 31,
          .object = "cmdline.o",
          .symbol = "handlers",
          .section = ".data.rel.ro",
          .offset = 8,
          .relocation = "R_386_32",
          .target = "on_mem",
          .similar = 2};
}

TEST(DiagnosticTest, IsPrintedInTheFormOfCompilers) {
  EXPECT_EQ(render({pointer_in_table()}, "cbundle"),
            "cmdline.c:31: error: variable 'handlers' needs the absolute address of 'on_mem' "
            "(R_386_32 in .data.rel.ro, cmdline.o)\n"
            "cmdline.c:31: note: 2 more like it in 'handlers'\n"
            "cmdline.c:31: hint: store offsets instead of pointers\n");
}

TEST(DiagnosticTest, OnTerminalsTheSeverityIsInColour) {
  EXPECT_EQ(render({{.message = "no", .hint = "yes"}}, "cbundle", true),
            "cbundle: \033[1;31merror: \033[0mno\ncbundle: \033[1;32mhint: \033[0myes\n");
  EXPECT_EQ(render({{.severity = Severity::warning, .message = "odd", .similar = 1}}, "x", true),
            "x: \033[1;35mwarning: \033[0modd\nx: \033[1;36mnote: \033[0m1 more like it\n");
}

TEST(DiagnosticTest, WithoutAFileTheObjectOrTheProgramIsNamed) {
  EXPECT_EQ(render({{.message = "cannot write b.o: Permission denied"}}, "cbundle"),
            "cbundle: error: cannot write b.o: Permission denied\n");
  EXPECT_EQ(render({{.severity = Severity::warning, .message = "it is empty", .object = "a.o"}},
                   "cbundle"),
            "a.o: warning: it is empty\n");
}

TEST(DiagnosticTest, LogsGetOneTextWithoutSeverities) {
  EXPECT_EQ(text_of({{.message = "no linker", .hint = "install binutils"}, {.message = "stopped"}}),
            "no linker\n  install binutils\nstopped");
}

TEST(DiagnosticTest, IsTheSameAfterTheCache) {
  const Diagnostics packed = unpack_diagnostics(pack({pointer_in_table(), {.message = "more"}}));
  ASSERT_EQ(packed.size(), 2U);
  EXPECT_EQ(render(packed, "cbundle"),
            render({pointer_in_table(), {.message = "more"}}, "cbundle"));
  EXPECT_EQ(packed[0].offset, 8U);
  EXPECT_EQ(packed[0].target, "on_mem");
  EXPECT_TRUE(unpack_diagnostics("garbage").empty());
}

}  // namespace
}  // namespace cbundle
