// Templates: the preprocessor's arguments and its make rule.
#include "engine/script/template.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/engine/script/script_files.h"
#include "tests/support/test_space.h"

namespace cbundle {
namespace {

using Paths = std::vector<std::filesystem::path>;

TEST(TemplateTest, TemplatesAreRecognizedByName) {
  EXPECT_TRUE(is_template("a/boot.lds.S"));
  EXPECT_FALSE(is_template("boot.lds"));
  EXPECT_FALSE(is_template("boot.s"));
}

TEST(TemplateTest, LayoutsDifferInOneMacro) {
  const Preprocessing what{"boot.lds.S", "out", "rule", {"GAP=1"}};
  auto a = preprocessor_arguments(what, Layout::a);
  const auto b = preprocessor_arguments(what, Layout::b);
  std::ranges::replace(a, "-DCBUNDLE_LAYOUT=0", "-DCBUNDLE_LAYOUT=1");
  EXPECT_EQ(a, b);
  EXPECT_NE(std::ranges::find(b, "-DCBUNDLE_LAYOUT=1"), b.end());
  EXPECT_EQ(b.back(), "boot.lds.S");
}

TEST(TemplateTest, TheFilesOfAMakeRuleAreRead) {
  EXPECT_EQ(files_of_rule("x: a.S \\\n  b.h c.h \\\n b.h\n"), (Paths{"a.S", "b.h", "c.h"}));
  EXPECT_EQ(files_of_rule("x: a\\ b.S a\\#b.S a$$b.S a\\b.S a:b.S a\\\\\\ b.S\n"),
            (Paths{"a b.S", "a#b.S", "a$b.S", "a\\b.S", "a:b.S", "a\\ b.S"}));
  EXPECT_EQ(files_of_rule("x:\n"), Paths{});
  EXPECT_EQ(files_of_rule("no rule"), Paths{});
  EXPECT_EQ(files_of_rule(""), Paths{});
}

class PreprocessorTest : public testing::Test {
 protected:
  // The script that the template becomes for a layout.
  Result<Script> made(const std::string& text, Layout layout,
                      std::vector<std::string> defines = {}) {
    space_.write("boot file.lds.S", text);
    const Preprocessing what{space_ / "boot file.lds.S", space_ / "out", space_ / "rule",
                             std::move(defines)};
    std::string command = "gcc";
    for (const std::string& argument : preprocessor_arguments(what, layout)) {
      command += " '" + argument + "'";
    }
    EXPECT_EQ(space_.run(command), 0) << command;
    return parse_script(space_.read("out"), "boot file.lds.S", space_.path(), files_in_memory({}));
  }

  TestSpace space_;
};

// The two forms of the hypervisor's template: the second layout is selected by omitting FINAL, or
// by APPLY_OFFSET.
constexpr const char* selected_by_final = R"(
#ifdef FINAL
# define GAP 0
# define MULT 0
# define START
#else
# define GAP 0x010200
# define MULT 1
# define START 0x408020
#endif
# define IMPORT(name) name = . + (__LINE__ * MULT)
ENTRY(first)
SECTIONS
{
  .text START : {
        first = .;
        IMPORT(linux);
        IMPORT(i386); IMPORT(unix);
        . = . + GAP;
        *(.text)
  }
}
)";

constexpr const char* selected_by_offset = R"(
#ifndef APPLY_OFFSET
# undef GAP
# define GAP 0
# define MULT 0
# define START
#else
# define MULT 1
# define START TEXT_DIFF
#endif
#define IMPORT(name) name = . + (__LINE__ * MULT)
ENTRY(first)
SECTIONS
{
  .text START : {
        first = .;
        /* three of them */
        IMPORT(linux);
        IMPORT(i386); IMPORT(unix);
        . = . + GAP;
        *(.text)
  }
}
)";

TEST_F(PreprocessorTest, BothFormsOfTheHypervisorsTemplateWork) {
  for (const char* text : {selected_by_final, selected_by_offset}) {
    std::vector<std::string> defines;
    if (text == selected_by_offset) defines = {"GAP=0x010200", "TEXT_DIFF=0x408020"};
    auto a = made(text, Layout::a, defines);
    auto b = made(text, Layout::b, defines);
    ASSERT_TRUE(a) << a.error().text();
    ASSERT_TRUE(b) << b.error().text();
    EXPECT_EQ(a.value().text, b.value().text);
    EXPECT_EQ(a.value().text,
              "ENTRY ( first )\nSECTIONS {\n  .text : {\n    first = . ;\n    . = . + 0 ;\n"
              "    * ( .text )\n  }\n}\n");
    std::string imports;
    for (const auto& i : a.value().imports) imports += i.name + " " + i.location.text() + "\n";
    const std::string line = text == selected_by_final ? "17" : "18";
    const std::string next = text == selected_by_final ? "18" : "19";
    EXPECT_EQ(imports, "linux boot file.lds.S:" + line + "\ni386 boot file.lds.S:" + next +
                           "\nunix boot file.lds.S:" + next + "\n");
  }
}

TEST_F(PreprocessorTest, ATemplateThatShiftsItselfStillDeclaresImports) {
  auto script =
      made(selected_by_offset, Layout::a, {"APPLY_OFFSET", "GAP=0x100", "TEXT_DIFF=0x4000"});
  ASSERT_TRUE(script) << script.error().text();
  EXPECT_EQ(script.value().imports.size(), 3U);
  EXPECT_NE(shortened(script.value().text).find(".text ( 0x4000 + S & M ) :"), std::string::npos);
}

TEST_F(PreprocessorTest, TheLayoutsNumberAndTheDefinesAreMacros) {
  const char* text = "SECTIONS { . = . + CBUNDLE_LAYOUT + EXTRA; }\n";
  EXPECT_EQ(made(text, Layout::a, {"EXTRA=7"}).value().text, "SECTIONS {\n  . = . + 0 + 7 ;\n}\n");
  EXPECT_EQ(made(text, Layout::b, {"EXTRA=7"}).value().text, "SECTIONS {\n  . = . + 1 + 7 ;\n}\n");
}

TEST_F(PreprocessorTest, ErrorsNameTheTemplateAndItsHeaders) {
  space_.write("part.h", "\n.text: { }\n");
  EXPECT_EQ(made("\n\nSECTIONS { ? }\n", Layout::a).error().text(), "boot file.lds.S:3: stray '?'");
  const auto script = made("SECTIONS {\n#include \"part.h\"\n}\n", Layout::a);
  ASSERT_FALSE(script);
  EXPECT_TRUE(script.error().text().find("part.h:2: expected ':'") != std::string::npos)
      << script.error().text();
  const auto files = files_of_rule(space_.read("rule"));
  EXPECT_NE(std::ranges::find(files, space_ / "boot file.lds.S"), files.end());
  EXPECT_NE(std::ranges::find(files, space_ / "part.h"), files.end());
}

}  // namespace
}  // namespace cbundle
