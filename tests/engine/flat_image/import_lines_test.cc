// What a script declares as imports, and what it may not declare.
#include "engine/flat_image/import_lines.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

// "name@line name@line", or the error's message.
std::string imports_of(std::string_view script) {
  const auto lines = ImportLines::parse(script, "t.lds");
  if (!lines) return lines.error().text();
  std::string text;
  for (const ImportLine& import : lines.value().all()) {
    text += (text.empty() ? "" : " ") + import.name + '@' + std::to_string(import.line);
  }
  return text;
}

TEST(ImportLinesTest, AnAssignmentOfALineTimesZeroIsAnImport) {
  EXPECT_EQ(imports_of("SECTIONS\n{\n .text : {\n  a = . + (16 * 0);\n\tb=.+(17*0);\n }\n}\n"),
            "a@16 b@17");
  EXPECT_EQ(imports_of(".text : {a = . + ( 16 * 0 ) ; _b.$c = . + (17 * 0);}"), "a@16 _b.$c@17");
  EXPECT_EQ(imports_of(" \"a b\" = . + (3 * 0);"), "\"a b\"@3");
}

TEST(ImportLinesTest, OtherAssignmentsAndCommentsAreNone) {
  EXPECT_EQ(
      imports_of(" a = .;\n . = . + 0x10;\n b = . + (4 * 2);\n c += . + (5 * 0);\n"
                 " d == . + (6 * 0);\n /* e = . + (7 * 0); */ f = . + (8 + 0);\n = . + (9 * 0);"),
      "");
  EXPECT_EQ(imports_of(" a = . + (99999999999999999999999 * 0);"), "");
  EXPECT_EQ(imports_of(""), "");
}

TEST(ImportLinesTest, TheScriptOfTheMovedLayoutIsKnown) {
  EXPECT_TRUE(ImportLines::parse(" a = . + (16 * 1);", "").value().is_of_moved_layout());
  EXPECT_FALSE(ImportLines::parse(" a = . + (16 * 0);", "").value().is_of_moved_layout());
  EXPECT_FALSE(ImportLines::parse("", "").value().is_of_moved_layout());
}

TEST(ImportLinesTest, TwoOnOneLineAreRefused) {
  EXPECT_EQ(imports_of("{\n a = . + (2 * 0); b = . + (2 * 0);\n}"),
            "t.lds:2: imports `a' and `b' are both declared on line 2, so that one cannot be told "
            "from the other\n  declare each on a line of its own");
}

TEST(ImportLinesTest, OneDeclaredTwiceIsRefused) {
  EXPECT_EQ(imports_of(" a = . + (2 * 0);\n \"a\" = . + (3 * 0);\n"),
            "t.lds:2: import `\"a\"' is declared twice");
}

TEST(ImportLinesTest, ALineZeroIsRefused) {
  EXPECT_EQ(imports_of(" a = . + (0 * 0);"),
            "t.lds:1: import `a' is declared with line 0, which moves it nowhere\n"
            "  declare it with __LINE__");
}

TEST(ImportLinesTest, ANameThatThePreprocessorReplacedIsRefused) {
  EXPECT_EQ(imports_of("\n 1 = . + (2 * 0);"),
            "t.lds:2: an import is called `1'\n"
            "  a macro such as `linux' stood there: preprocess the script with -undef");
}

}  // namespace
}  // namespace cbundle
