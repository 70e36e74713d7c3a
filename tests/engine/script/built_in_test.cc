// The built-in scripts, for bundles without one.
#include "engine/script/built_in.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/engine/script/script_files.h"

namespace cbundle {
namespace {

const std::array sections{InputSection{".rodata", SectionKind::read_only, 16},
                          InputSection{".text.b", SectionKind::code, 16},
                          InputSection{".bss", SectionKind::zero, 32},
                          InputSection{".data", SectionKind::writable, 8},
                          InputSection{"commands", SectionKind::read_only, 8},
                          InputSection{".data.rel.ro", SectionKind::relro, 8},
                          InputSection{".text.a", SectionKind::code, 16}};

TEST(BuiltInScriptTest, CodeComesBeforeReadOnlyDataInTheOrderGiven) {
  EXPECT_EQ(built_in_script(sections, Mode::pic),
            "SECTIONS {\n"
            "  .cbundle : {\n"
            "    *(\".text.b\")\n"
            "    *(\".text.a\")\n"
            "    *(\".rodata\")\n"
            "    . = ALIGN(8);\n"
            "    PROVIDE(__start_commands = .);\n"
            "    *(\"commands\")\n"
            "    PROVIDE(__stop_commands = .);\n"
            "    *(\".data.rel.ro\")\n"
            "  }\n"
            "}\n");
}

TEST(BuiltInScriptTest, WritableSectionsComeLastAndNobitsAfterThem) {
  const std::string text = built_in_script(sections, Mode::selfreloc);
  EXPECT_TRUE(
      text.ends_with("    *(\".data.rel.ro\")\n    *(\".data\")\n    *(\".bss\")\n"
                     "    *(COMMON)\n  }\n}\n"))
      << text;
}

TEST(BuiltInScriptTest, NamesWithWildcardsAreMatchedLiterally) {
  const std::array odd{InputSection{".text.[a]*", SectionKind::code},
                       InputSection{".t \"x\"", SectionKind::code},
                       InputSection{".t\\x", SectionKind::code}};
  EXPECT_EQ(built_in_script(odd, Mode::pic),
            "SECTIONS {\n  .cbundle : {\n    *(\".text.[[]a][*]\")\n    *(\".t ?x?\")\n"
            "    *(\".t\\x\")\n  }\n}\n");
}

TEST(BuiltInScriptTest, PatternsAreInTheSameOrder) {
  EXPECT_EQ(patterns_of(sections, Mode::pic),
            "*(\".text.b\") *(\".text.a\") *(\".rodata\") *(\"commands\") *(\".data.rel.ro\") ");
}

TEST(BuiltInScriptTest, BuiltInScriptsParse) {
  for (const Mode mode : {Mode::pic, Mode::selfreloc}) {
    for (const std::string& text : {built_in_script(sections, mode), built_in_script({}, mode)}) {
      const auto script = parse(text);
      EXPECT_TRUE(script) << script.error().text();
    }
  }
}

}  // namespace
}  // namespace cbundle
