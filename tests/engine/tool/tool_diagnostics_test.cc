#include "engine/tool/tool_diagnostics.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

std::string rendered(std::string_view output, Severity severity = Severity::error,
                     std::string_view program = "/usr/bin/ld") {
  return render(tool_diagnostics(output, program, severity), "cbundle");
}

TEST(ToolDiagnosticsTest, EachLineIsADiagnosticWithItsFileLineAndSeverity) {
  EXPECT_EQ(rendered("/usr/bin/ld:layout.lds:3: syntax error\n"),
            "layout.lds:3: error: syntax error\n");
  EXPECT_EQ(rendered("boot.lds.S:3:10: fatal error: x.h: No such file or directory\n"
                     "    3 | #include \"x.h\"\n      |          ^~~~~\ncompilation terminated.\n",
                     Severity::error, "/usr/bin/cpp"),
            "boot.lds.S:3: error: x.h: No such file or directory\n");
  EXPECT_EQ(rendered("ld: warning: one\nld: region `r' overflowed by 20 bytes\n\n"),
            "cbundle: warning: ld: one\ncbundle: error: ld: region `r' overflowed by 20 bytes\n");
}

TEST(ToolDiagnosticsTest, AnInputIsTheObject) {
  EXPECT_EQ(rendered("ld: in/0.a(div.o): file format not recognized\n"),
            "in/0.a(div.o): error: file format not recognized\n");
}

TEST(ToolDiagnosticsTest, ALineThatOnlyGivesContextIsPartOfTheNext) {
  EXPECT_EQ(rendered("ld: in/1.o: in function `run':\n"
                     "boot.c:12: undefined reference to `f'\n"
                     "boot.c:13: undefined reference to `g'\n"),
            "boot.c:12: error: in function `run': undefined reference to `f' (in/1.o)\n"
            "boot.c:13: error: undefined reference to `g'\n");
  EXPECT_EQ(rendered("In file included from a.h:3,\n                 from boot.lds.S:1:\n"
                     "b.h:2:2: error: #error no\n    2 | #error no\n      |  ^~~~~\n",
                     Severity::error, "/usr/bin/cpp"),
            "b.h:2: error: #error no\n");
  EXPECT_EQ(rendered("from here on nothing fits\n", Severity::error, "/usr/bin/ld"),
            "cbundle: error: from here on nothing fits\n");
}

TEST(ToolDiagnosticsTest, LinesThatLldMarksAsDetailsArePartOfTheErrorBefore) {
  EXPECT_EQ(rendered("my-ld: error: undefined symbol: f\n>>> referenced by boot.c:12\n"
                     ">>>               in/1.o:(run)\n",
                     Severity::error, "/tmp/my-ld"),
            "cbundle: error: my-ld: undefined symbol: f; referenced by boot.c:12; "
            "in/1.o:(run)\n");
}

TEST(ToolDiagnosticsTest, LinesThatAreTrueOfEveryLinkAreLeftOut) {
  EXPECT_EQ(rendered("ld: warning: layout.elf has a LOAD segment with RWX permissions\n"
                     "ld: warning: in/0.o: missing .note.GNU-stack section implies exec stack\n"
                     "ld: NOTE: This behaviour is deprecated\n",
                     Severity::warning),
            "");
}

}  // namespace
}  // namespace cbundle
