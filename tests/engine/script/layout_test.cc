// The script of one layout.
#include "engine/script/layout.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/engine/script/script_files.h"

namespace cbundle {
namespace {

TEST(LayoutScriptTest, TheShiftIsInsertedModuloTheAddressWidth) {
  const std::string text = parse("SECTIONS { . = 0x8000; }").value().text;
  EXPECT_EQ(at_shift(text, 0x5550, 64),
            "SECTIONS {\n  . = ( 0x8000 + 0x5550 & 0xffffffffffffffff ) ;\n}\n");
  EXPECT_EQ(at_shift(text, 0x1'5555'5550, 32),
            "SECTIONS {\n  . = ( 0x8000 + 0x55555550 & 0xffffffff ) ;\n}\n");
}

TEST(LayoutScriptTest, TheGotComesAfterTheScriptAndTheImportsAfterTheGot) {
  const Script script = parse("SECTIONS { .text : { *(.text) } }").value();
  const std::string text = layout_script(script, {0x100000, 64, 0x5000, {0x9010, 0x7000}}).text;
  const auto start = text.find("SECTIONS {\n  . = 0x100000 ;\n}\n");
  const auto own = text.find(script.text);
  const auto got = text.find("  .cbundle.got ALIGN(__cbundle_end, 16) : {");
  const auto first = text.find("  .cbundle.import.0 ( __cbundle_imports + 0x9010 & 0xf");
  const auto second = text.find("  .cbundle.import.1 ( __cbundle_imports + 0x7000 & 0xf");
  EXPECT_TRUE(start < own && own < got && got < first && first < second) << text;
  EXPECT_NE(second, std::string::npos);
  EXPECT_EQ(text.find("MEMORY"), std::string::npos);
  EXPECT_EQ(text.find("PHDRS"), std::string::npos);
}

TEST(LayoutScriptTest, OurSectionsHaveARegionAndASegmentOfTheirOwn) {
  const Script script =
      parse("MEMORY { r : ORIGIN = 0, LENGTH = 1 } PHDRS { p PT_LOAD; } SECTIONS { }").value();
  const std::string text = layout_script(script, {0, 32, 0, {0x10}}).text;
  EXPECT_TRUE(text.starts_with("MEMORY {\n  cbundle_own : ORIGIN = 0 , LENGTH = 0xffffffff\n}\n"));
  EXPECT_NE(text.find("{ *(.cbundle.import.0) } > cbundle_own\n"), std::string::npos);
  EXPECT_NE(text.find("PHDRS {\n  cbundle_own PT_LOAD ;\n}\n"), std::string::npos);
  EXPECT_NE(text.find("{ *(.rel.*) *(.rela.*) } > cbundle_own : cbundle_own\n"), std::string::npos);
}

TEST(LayoutScriptTest, LineNumbersInTheLinkersOutputAreTranslated) {
  const Script script = parse("\n\nSECTIONS {\n\n .text : { *(.text) } }").value();
  const LayoutScript layout = layout_script(script, {0, 64, 0, {}});
  ASSERT_EQ(std::count(layout.text.begin(), layout.text.end(), '\n'),
            static_cast<std::ptrdiff_t>(layout.locations.size()));
  std::size_t line = 1;
  for (std::size_t at = 0; !layout.text.substr(at).starts_with("  .text :"); ++line) {
    at = layout.text.find('\n', at) + 1;
  }
  const std::string number = std::to_string(line);
  EXPECT_EQ(
      with_source_locations("ld:/t/a.lds:" + number + ": bad\nld: /t/a.lds:1: ours, /t/a.lds:x\n",
                            "/t/a.lds", layout.locations),
      "ld:boot.lds:5: bad\nld: /t/a.lds:1: ours, /t/a.lds:x\n");
  EXPECT_EQ(with_source_locations("/t/a.lds:99999", "/t/a.lds", layout.locations),
            "/t/a.lds:99999");
}

}  // namespace
}  // namespace cbundle
