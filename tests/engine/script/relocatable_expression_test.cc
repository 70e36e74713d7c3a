// Expressions with the shift added or subtracted.
#include "engine/script/relocatable_expression.h"

#include <gtest/gtest.h>

#include "tests/engine/script/script_files.h"

namespace cbundle {
namespace {

const AddressClasses symbols{{"constant", AddressClass::constant},
                             {"start", AddressClass::relocatable}};

Expression read(std::string_view text) {
  Lexer lexer(text, "t.lds");
  return read_expression(lexer).value();
}

std::string address(std::string_view text) {
  return shortened(rewritten_address(read(text), symbols));
}
std::string number(std::string_view text) {
  return shortened(rewritten_number(read(text), symbols));
}

TEST(RelocatableExpressionTest, TheShiftIsAddedToAnAbsoluteAddress) {
  EXPECT_EQ(address("0x8000"), "( 0x8000 + S & M )");
  EXPECT_EQ(address("0x8000 + SIZEOF_HEADERS"), "( ( 0x8000 + SIZEOF_HEADERS ) + S & M )");
  EXPECT_EQ(address("constant"), "( constant + S & M )");
  EXPECT_EQ(address("SIZEOF(.a) * 2"), "( ( SIZEOF ( .a ) * 2 ) + S & M )");
  EXPECT_EQ(address("LENGTH(ram)"), "( ( LENGTH ( ram ) ) + S & M )");
  EXPECT_EQ(address("start - ADDR(.b)"), "( ( start - ADDR ( .b ) ) + S & M )");
  EXPECT_EQ(address("SEGMENT_START(\"text\", 0x40)"),
            "( ( SEGMENT_START ( \"text\" , 0x40 ) ) + S & M )");
}

TEST(RelocatableExpressionTest, AnAddressComputedFromOthersIsNotChanged) {
  for (const char* text :
       {".", ". + 0x10", "ALIGN ( 16 )", "ALIGN ( . , 16 )", "ADDR ( .a ) + SIZEOF ( .a )",
        "start + constant", "LOADADDR ( .a ) + 4", "ORIGIN ( ram ) + LENGTH ( ram )",
        "MAX ( . , start )", ". + ( start - ADDR ( .a ) )", "ABSOLUTE ( . )",
        "DATA_SEGMENT_ALIGN ( 4096 , 4096 )", "DATA_SEGMENT_END ( . )", "elsewhere",
        "elsewhere + 4", "DEFINED ( elsewhere ) ? elsewhere : ."}) {
    EXPECT_EQ(address(text), text);
  }
}

TEST(RelocatableExpressionTest, EachBranchOfAConditionalIsShifted) {
  EXPECT_EQ(address("DEFINED(x) ? 0x1000 : ."), "DEFINED ( x ) ? ( 0x1000 + S & M ) : .");
  EXPECT_EQ(address("DEFINED(x) ? x : 0x1000"), "DEFINED ( x ) ? x : ( 0x1000 + S & M )");
  EXPECT_EQ(address("DEFINED(x) ? 1 : 2"), "( ( DEFINED ( x ) ? 1 : 2 ) + S & M )");
  EXPECT_EQ(address("MAX(., 0x8000)"), "MAX ( . , ( 0x8000 + S & M ) )");
  EXPECT_EQ(address("ALIGN(0x8001, 16)"), "( ( ALIGN ( 0x8001 , 16 ) ) + S & M )");
}

TEST(RelocatableExpressionTest, TheShiftIsSubtractedFromAnAddressUsedAsANumber) {
  EXPECT_EQ(address("(. + 0xfff) & ~0xfff"), "( ( ( ( . + 0xfff ) - S & M ) & ~ 0xfff ) + S & M )");
  EXPECT_EQ(address(". * 2"), "( ( ( . - S & M ) * 2 ) + S & M )");
  EXPECT_EQ(address("0x9000 - ."), "( ( 0x9000 - ( . - S & M ) ) + S & M )");
  EXPECT_EQ(address(". < 0x100 ? 0x100 : ."), "( . - S & M ) < 0x100 ? ( 0x100 + S & M ) : .");
}

TEST(RelocatableExpressionTest, AnAssertionHasTheSameValueInEveryLayout) {
  EXPECT_EQ(number(". <= 0x10000"), "( . - S & M ) <= 0x10000");
  EXPECT_EQ(number("0x100 < start"), "0x100 < ( start - S & M )");
  EXPECT_EQ(number("(start & 0xfff) == 0"), "( ( start - S & M ) & 0xfff ) == 0");
  EXPECT_EQ(number(". <= 0x10 && other == 3"), "( . - S & M ) <= 0x10 && other == 3");
  for (const char* text : {"SIZEOF ( .got ) == 0", ". - start <= 0x8000", "start < .",
                           "elsewhere <= 2048", "! DEFINED ( x )"}) {
    EXPECT_EQ(number(text), text);
  }
}

TEST(RelocatableExpressionTest, ASymbolHasTheClassOfItsValue) {
  auto address_class = [](std::string_view text) { return address_class_of(read(text), symbols); };
  EXPECT_EQ(address_class("0x1000"), AddressClass::constant);
  EXPECT_EQ(address_class("."), AddressClass::relocatable);
  EXPECT_EQ(address_class(". - start"), AddressClass::constant);
  EXPECT_EQ(address_class("start + 4"), AddressClass::relocatable);
  EXPECT_EQ(address_class("start / 4"), AddressClass::unknown);
  EXPECT_EQ(address_class("start + start"), AddressClass::unknown);
  EXPECT_EQ(address_class("elsewhere"), AddressClass::unknown);
  EXPECT_EQ(address_class("ADDR(.debug_info)"), AddressClass::constant);
}

TEST(RelocatableExpressionTest, SectionsThatAreNeverLoadedAreRecognizedByName) {
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
