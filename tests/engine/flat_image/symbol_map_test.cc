// Both forms of symbol maps.
#include "engine/flat_image/symbol_map.h"

#include <gtest/gtest.h>

#include <string>

namespace cbundle {
namespace {

// "name@address:kind" of each.
std::string symbols_of(std::string_view text) {
  std::string all;
  for (const MapSymbol& symbol : parse_symbol_map(text)) {
    all += (all.empty() ? "" : " ") + std::string(symbol.name) + '@' +
           std::to_string(symbol.address) + ':' + "glae"[static_cast<int>(symbol.kind)];
  }
  return all;
}

TEST(SymbolMapTest, LinesOfNmAreParsed) {
  EXPECT_EQ(symbols_of("00000010 T run\n000000d4 t table\n00000020 W weak\n00000000 A number\n"
                       "0000000000000030 d word\n         U missing\n"),
            "run@16:g table@212:l weak@32:g number@0:a word@48:e");
}

TEST(SymbolMapTest, LinesOfALinkerMapAreParsed) {
  EXPECT_EQ(symbols_of(".text           0x00000000       0x40\n"
                       "                0x00000000                dummy_start = .\n"
                       "                0x00000000                . = (. + 0x0)\n"
                       " *(.text)\n"
                       " .text          0x00000000       0x1d tmp.o\n"
                       "                0x000000000000001d                run\r\n"
                       " *fill*         0x00000021       0x1f \n"
                       "                0x00000040       0x20 tmp.o\n"
                       "   0x00000050  near\n"),
            "dummy_start@0:g run@29:g");
}

TEST(SymbolMapTest, TheSymbolBeforeAnOffsetIsFound) {
  const auto symbols = parse_symbol_map("10 T a\n20 T b");
  EXPECT_EQ(symbol_before(symbols, 0xf), nullptr);
  EXPECT_EQ(symbol_before(symbols, 0x10)->name, "a");
  EXPECT_EQ(symbol_before(symbols, 0x1f)->name, "a");
  EXPECT_EQ(symbol_before(symbols, 0x99)->name, "b");
}

}  // namespace
}  // namespace cbundle
