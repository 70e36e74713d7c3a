// The imports of a script by their lines, and declarations that are refused.
#include "engine/flat_image/import_lines.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

// "name@line name@line", or the error's text.
std::string imports_of(std::string_view script) {
  const auto lines = ImportLines::parse(script, "t.lds");
  if (!lines) return lines.error().text();
  std::string text;
  for (const ImportDeclaration& import : lines.value().all()) {
    text += (text.empty() ? "" : " ") + import.written + '@' + std::to_string(import.line);
  }
  return text;
}

TEST(ImportLinesTest, ImportsAreInTheOrderOfTheScript) {
  EXPECT_EQ(imports_of("b = . + (17 * 0);\n\"a b\" = . + (16 * 0); c = . + (18 * 1);"),
            "b@17 \"a b\"@16");
}

TEST(ImportLinesTest, TheScriptOfTheMovedLayoutIsRecognized) {
  EXPECT_TRUE(ImportLines::parse(" a = . + (16 * 1);", "").value().is_of_moved_layout());
  EXPECT_FALSE(ImportLines::parse(" a = . + (16 * 0);", "").value().is_of_moved_layout());
  EXPECT_FALSE(ImportLines::parse("", "").value().is_of_moved_layout());
}

TEST(ImportLinesTest, TwoImportsOnOneLineAreRefused) {
  EXPECT_EQ(imports_of("{\n a = . + (2 * 0); b = . + (2 * 0);\n}"),
            "t.lds:2: imports 'a' and 'b' are both declared on line 2 and cannot be distinguished\n"
            "  declare each on a line of its own");
}

TEST(ImportLinesTest, AnImportDeclaredTwiceIsRefused) {
  EXPECT_EQ(imports_of(" a = . + (2 * 0);\n \"a\" = . + (3 * 0);\n"),
            "t.lds:2: import 'a' is declared twice");
}

TEST(ImportLinesTest, ALineZeroIsRefused) {
  EXPECT_EQ(imports_of(" a = . + (0 * 0);"),
            "t.lds:1: import 'a' is declared with line 0\n"
            "  declare it with __LINE__");
}

TEST(ImportLinesTest, ANameReplacedByThePreprocessorIsRefused) {
  EXPECT_EQ(imports_of("\n 1 = . + (2 * 0);"),
            "t.lds:2: import '1' has the name of a number\n"
            "  the preprocessor replaced a macro such as 'linux': run it with -undef");
}

TEST(ImportLinesTest, WhatGnuLdIgnoresIsIgnored) {
  const Result<ImportLines> lines = ImportLines::parse(
      "#pragma once\n# 1 \"x.h\"\n\xc3\xa9 SECTIONS {\n phys = . + (4 * 0);\n}\n", "s.lds");
  ASSERT_TRUE(lines) << lines.error().text();
  EXPECT_NE(lines.value().on_line(4), nullptr);
}

}  // namespace
}  // namespace cbundle
