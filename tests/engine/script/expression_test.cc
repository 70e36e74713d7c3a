// Expressions of linker scripts: their shape, their value, their alignment.
#include "engine/script/expression.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

Result<Expression> read(std::string_view text) {
  Lexer lexer(text, "t.lds");
  return read_expression(lexer);
}

std::string canonical(std::string_view text) {
  auto e = read(text);
  return e ? text_of(e.value()) : e.error().text();
}

std::optional<std::uint64_t> value(std::string_view text) {
  return constant_of(read(text).value(), {{"page", 0x1000}});
}

TEST(ScriptExpressionTest, TokensAreSeparatedBySpaces) {
  EXPECT_EQ(canonical(".+(37*0)"), ". + ( 37 * 0 )");
  EXPECT_EQ(canonical("ALIGN(.,16)"), "ALIGN ( . , 16 )");
  EXPECT_EQ(canonical("-x<<~2"), "- x << ~ 2");
  EXPECT_EQ(canonical("SIZEOF(.text-a)-b"), "SIZEOF ( .text-a ) - b");
  EXPECT_EQ(canonical("DEFINED(x)?x:.\n"), "DEFINED ( x ) ? x : .");
  EXPECT_EQ(canonical("SEGMENT_START(\"text-segment\",0x40)"),
            "SEGMENT_START ( \"text-segment\" , 0x40 )");
}

TEST(ScriptExpressionTest, EndsBeforeATokenThatIsNoOperator) {
  EXPECT_EQ(canonical("0x1000 (NOLOAD) :"), "0x1000");
  EXPECT_EQ(canonical("0x90 /DISCARD/ : {}"), "0x90");
  EXPECT_EQ(canonical("10M ram : ORIGIN"), "0xa00000");
  EXPECT_EQ(canonical("a ? b : c : {"), "a ? b : c");
}

TEST(ScriptExpressionTest, OperatorsHaveThePrecedenceOfC) {
  EXPECT_EQ(value("1 + 2 * 3"), 7U);
  EXPECT_EQ(value("(1 + 2) * 3"), 9U);
  EXPECT_EQ(value("10 - 4 - 3"), 3U);
  EXPECT_EQ(value("1 << 4 + 1"), 32U);
  EXPECT_EQ(value("0xff & 0xf0 | 1"), 0xf1U);
  EXPECT_EQ(value("-1 & ~0xf"), ~std::uint64_t{0xf});
  EXPECT_EQ(value("page - 1"), 0xfffU);
  EXPECT_EQ(value("6 / 0"), std::nullopt);
  EXPECT_EQ(value("1 << 64"), std::nullopt);
  EXPECT_EQ(value(". + 1"), std::nullopt);
  EXPECT_EQ(value("other"), std::nullopt);
}

TEST(ScriptExpressionTest, NumbersAreWrittenInAFormThatBothLinkersAccept) {
  for (const auto& [text, number] : std::initializer_list<std::pair<const char*, const char*>>{
           {"0", "0"},
           {"42", "42"},
           {"0x1F", "0x1F"},
           {"0X1F", "0x1f"},
           {"010", "0x8"},
           {"4K", "0x1000"},
           {"0x10k", "0x4000"},
           {"0x1M", "0x100000"},
           {"$10", "0x10"},
           {"10H", "0x10"},
           {"10x", "0x10"},
           {"17o", "0xf"},
           {"1010b", "0xa"},
           {"12d", "0xc"},
           {"18446744073709551615", "0xffffffffffffffff"},
           {"0x00000000000000001", "0x1"}}) {
    EXPECT_EQ(canonical(text), number) << text;
    EXPECT_EQ(value_of_number(canonical(text)), value_of_number(text)) << text;
  }
}

TEST(ScriptExpressionTest, SyntaxThatOnlyGnuLdSupportsIsRewritten) {
  EXPECT_EQ(canonical("+x + +4"), "x + 4");
  EXPECT_EQ(canonical("BLOCK(16)"), "ALIGN ( 16 )");
  EXPECT_EQ(canonical("NEXT(0x400)"), "ABSOLUTE ( ALIGN ( 0x400 ) )");
  EXPECT_EQ(canonical("a ^ b & c"), "( ( a | b & c ) - ( a & b & c ) )");
  EXPECT_EQ(value("0x35 ^ 0x53 ^ 1 | 0x100"), (0x35U ^ 0x53U ^ 1U) | 0x100U);
}

TEST(ScriptExpressionTest, AlignmentIsFound) {
  auto alignment = [](std::string_view text) {
    return alignment_in(read(text).value(), {{"page", 0x1000}});
  };
  EXPECT_EQ(alignment("ALIGN(64)"), 64U);
  EXPECT_EQ(alignment("ALIGN(x, page) + ALIGN(32)"), 0x1000U);
  EXPECT_EQ(alignment("(. + 0xfff) & ~0xfff"), 0x1000U);
  EXPECT_EQ(alignment("(. + 0xfff) & 0xfffff000"), 0x1000U);
  EXPECT_EQ(alignment("(. + page - 1) & ~(page - 1)"), 0x1000U);
  EXPECT_EQ(alignment("ALIGN(CONSTANT(MAXPAGESIZE))"), 0x10000U);
  EXPECT_EQ(alignment("ALIGN(24)"), 1U);
  EXPECT_EQ(alignment(". & 0xff"), 1U);
  EXPECT_EQ(alignment("SIZEOF(.text)"), 1U);
}

TEST(ScriptExpressionTest, SyntaxErrorsHaveALocation) {
  EXPECT_EQ(canonical(""), "t.lds:1: expected an expression, found the end of the file");
  EXPECT_EQ(canonical("1 +\n;"), "t.lds:2: expected an expression, found ';'");
  EXPECT_EQ(canonical("(1"), "t.lds:1: expected ')', found the end of the file");
  EXPECT_EQ(canonical("MAX(1)"), "t.lds:1: wrong number of arguments to MAX");
}

TEST(ScriptExpressionTest, DepthAndLengthHaveLimits) {
  EXPECT_EQ(canonical(std::string(100'000, '(')),
            "t.lds:1: the expression is nested more than 100 levels deep");
  EXPECT_EQ(canonical(std::string(100'000, '-') + "1"),
            "t.lds:1: the expression is nested more than 100 levels deep");
  std::string doubling = "a";
  for (int i = 0; i < 40; ++i) doubling += "^a";
  EXPECT_EQ(canonical(doubling), "t.lds:1: the expression has more than 2,000 parts");
  std::string sum = "1";
  for (int i = 0; i < 3000; ++i) sum += "+1";
  EXPECT_EQ(canonical(sum), "t.lds:1: the expression has more than 2,000 parts");
}

}  // namespace
}  // namespace cbundle
