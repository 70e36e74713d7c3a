// What a shift does to expressions.
#include "engine/script/moving.h"

#include <gtest/gtest.h>

#include "tests/engine/script/script_files.h"

namespace cbundle {
namespace {

const Movements symbols{{"constant", Movement::stays}, {"start", Movement::moves}};

Expression read(std::string_view text) {
  Lexer lexer(text, "t.lds");
  return read_expression(lexer).value();
}

std::string address(std::string_view text) { return shortened(moved_address(read(text), symbols)); }
std::string number(std::string_view text) { return shortened(moved_number(read(text), symbols)); }

TEST(MovingTest, AnAbsoluteAddressHasTheShiftAdded) {
  EXPECT_EQ(address("0x8000"), "( 0x8000 + S & M )");
  EXPECT_EQ(address("0x8000 + SIZEOF_HEADERS"), "( ( 0x8000 + SIZEOF_HEADERS ) + S & M )");
  EXPECT_EQ(address("constant"), "( constant + S & M )");
  EXPECT_EQ(address("SIZEOF(.a) * 2"), "( ( SIZEOF ( .a ) * 2 ) + S & M )");
  EXPECT_EQ(address("LENGTH(ram)"), "( ( LENGTH ( ram ) ) + S & M )");
  EXPECT_EQ(address("start - ADDR(.b)"), "( ( start - ADDR ( .b ) ) + S & M )");
  EXPECT_EQ(address("SEGMENT_START(\"text\", 0x40)"),
            "( ( SEGMENT_START ( \"text\" , 0x40 ) ) + S & M )");
}

TEST(MovingTest, AnAddressBuiltFromOthersIsLeftAlone) {
  for (const char* text :
       {".", ". + 0x10", "ALIGN ( 16 )", "ALIGN ( . , 16 )", "ADDR ( .a ) + SIZEOF ( .a )",
        "start + constant", "LOADADDR ( .a ) + 4", "ORIGIN ( ram ) + LENGTH ( ram )",
        "MAX ( . , start )", ". + ( start - ADDR ( .a ) )", "ABSOLUTE ( . )",
        "DATA_SEGMENT_ALIGN ( 4096 , 4096 )", "DATA_SEGMENT_END ( . )", "elsewhere",
        "elsewhere + 4", "DEFINED ( elsewhere ) ? elsewhere : ."}) {
    EXPECT_EQ(address(text), text);
  }
}

TEST(MovingTest, EachWayOfAConditionalMoves) {
  EXPECT_EQ(address("DEFINED(x) ? 0x1000 : ."), "DEFINED ( x ) ? ( 0x1000 + S & M ) : .");
  EXPECT_EQ(address("DEFINED(x) ? x : 0x1000"), "DEFINED ( x ) ? x : ( 0x1000 + S & M )");
  EXPECT_EQ(address("DEFINED(x) ? 1 : 2"), "( ( DEFINED ( x ) ? 1 : 2 ) + S & M )");
  EXPECT_EQ(address("MAX(., 0x8000)"), "MAX ( . , ( 0x8000 + S & M ) )");
  EXPECT_EQ(address("ALIGN(0x8001, 16)"), "( ( ALIGN ( 0x8001 , 16 ) ) + S & M )");
}

TEST(MovingTest, AnAddressUsedAsANumberHasTheShiftTakenOff) {
  EXPECT_EQ(address("(. + 0xfff) & ~0xfff"), "( ( ( ( . + 0xfff ) - S & M ) & ~ 0xfff ) + S & M )");
  EXPECT_EQ(address(". * 2"), "( ( ( . - S & M ) * 2 ) + S & M )");
  EXPECT_EQ(address("0x9000 - ."), "( ( 0x9000 - ( . - S & M ) ) + S & M )");
  EXPECT_EQ(address(". < 0x100 ? 0x100 : ."), "( . - S & M ) < 0x100 ? ( 0x100 + S & M ) : .");
}

TEST(MovingTest, AnAssertionMeansTheSameInEveryLayout) {
  EXPECT_EQ(number(". <= 0x10000"), "( . - S & M ) <= 0x10000");
  EXPECT_EQ(number("0x100 < start"), "0x100 < ( start - S & M )");
  EXPECT_EQ(number("(start & 0xfff) == 0"), "( ( start - S & M ) & 0xfff ) == 0");
  EXPECT_EQ(number(". <= 0x10 && other == 3"), "( . - S & M ) <= 0x10 && other == 3");
  for (const char* text : {"SIZEOF ( .got ) == 0", ". - start <= 0x8000", "start < .",
                           "elsewhere <= 2048", "! DEFINED ( x )"}) {
    EXPECT_EQ(number(text), text);
  }
}

TEST(MovingTest, ASymbolMovesAsWhatItWasAssigned) {
  auto movement = [](std::string_view text) { return movement_of(read(text), symbols); };
  EXPECT_EQ(movement("0x1000"), Movement::stays);
  EXPECT_EQ(movement("."), Movement::moves);
  EXPECT_EQ(movement(". - start"), Movement::stays);
  EXPECT_EQ(movement("start + 4"), Movement::moves);
  EXPECT_EQ(movement("start / 4"), Movement::unknown);
  EXPECT_EQ(movement("start + start"), Movement::unknown);
  EXPECT_EQ(movement("elsewhere"), Movement::unknown);
  EXPECT_EQ(movement("ADDR(.debug_info)"), Movement::stays);
}

TEST(MovingTest, SectionsThatAreNeverLoadedAreKnownByName) {
  for (const char* name : {".debug_info", ".zdebug_line", ".stabstr", ".comment", ".symtab",
                           ".ARM.attributes", ".gnu.attributes", ".line", ".debug"}) {
    EXPECT_TRUE(is_never_loaded(name)) << name;
  }
  for (const char* name : {".text", ".vectors", ".note.boot", ".linear", ".rodata"}) {
    EXPECT_FALSE(is_never_loaded(name)) << name;
  }
}

}  // namespace
}  // namespace cbundle
