// Import declarations: which assignments they are, for users' scripts and for 'cbundle combine'.
#include "engine/script/import_declaration.h"

#include <gtest/gtest.h>

#include "tests/engine/script/script_files.h"

namespace cbundle {
namespace {

// "name@line*factor name@line*factor", or the error's text.
std::string imports_of(std::string_view script) {
  const auto imports = import_declarations(script, "t.lds");
  if (!imports) return imports.error().text();
  std::string text;
  for (const ImportDeclaration& import : imports.value()) {
    text += (text.empty() ? "" : " ") + import.written + '@' + std::to_string(import.line) + '*' +
            std::to_string(import.factor);
  }
  return text;
}

TEST(ImportDeclarationTest, AnAssignmentOfALineTimesANumberIsAnImport) {
  EXPECT_EQ(imports_of("SECTIONS\n{\n .text : {\n  a = . + (16 * 0);\n\tb=.+(17*0);\n }\n}\n"),
            "a@16*0 b@17*0");
  EXPECT_EQ(imports_of(".text : {a = . + ( 16 * 1 ) ; _b.$c = . + (17 * 2);}"),
            "a@16*1 _b.$c@17*2");
  EXPECT_EQ(imports_of("a-b = . + (3 * 0), c =.+(4*0);"), "a-b@3*0 c@4*0");
}

TEST(ImportDeclarationTest, QuotesAreNotPartOfTheName) {
  EXPECT_EQ(imports_of(" \"a b\" = . + (3 * 0); \"\" = . + (4 * 0);"), "\"a b\"@3*0");
  const auto imports = import_declarations("\n\"host\" = . + (1 * 0);", "t.lds").value();
  ASSERT_EQ(imports.size(), 1U);
  EXPECT_EQ(imports[0].name, "host");
  EXPECT_EQ(imports[0].location.text(), "t.lds:2");
}

TEST(ImportDeclarationTest, OtherAssignmentsAndCommentsAreIgnored) {
  EXPECT_EQ(imports_of(" a = .;\n . = . + 0x10;\n c += . + (5 * 0);\n d == . + (6 * 0);\n"
                       " /* e = . + (7 * 0); */ f = . + (8 + 0);\n = . + (9 * 0);"
                       " PROVIDE(g = . + (10 * 0)); . = . + (11 * 0); h = . + (0x12 * 0);"),
            "");
  EXPECT_EQ(imports_of(" a = . + (99999999999999999999999 * 0);"), "");
  EXPECT_EQ(imports_of(""), "");
}

TEST(ImportDeclarationTest, TheRestOfAScriptIsNotChecked) {
  EXPECT_EQ(imports_of("OUTPUT(x) { *(.text.[a-z]*) *(EXCLUDE_FILE(*a.o) .b) } >ram AT>rom =0x90\n"
                       "ASSERT(a <= b | c, \"= . + (1 * 0);\") . = ALIGN(1 <<; a = . + (2 * 0);"),
            "a@2*0");
  EXPECT_EQ(imports_of("a = . + (2 * 0); /*"), "t.lds:1: unterminated comment");
}

TEST(ImportDeclarationTest, AUsersScriptDeclaresTheSameImports) {
  for (const char* declaration : {"a = . + (1 * 0);", "\"host\" = . + (1 * 0);", "b = .+( 2*1 ),",
                                  "c = . + (3 * 2);", "d = . + 3;", ". = . + (1 * 0);"}) {
    const std::string script = std::string("SECTIONS {\n") + declaration + "\n}";
    const auto imports = import_declarations(script, "boot.lds").value();
    const bool is_import = !imports.empty() && imports[0].factor <= 1;
    EXPECT_EQ(parse(script).value().imports, is_import ? imports : std::vector<ImportDeclaration>())
        << declaration;
  }
}

}  // namespace
}  // namespace cbundle
