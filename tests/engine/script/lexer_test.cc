// Tokens of linker scripts, split as GNU ld does, and the locations of errors.
#include "engine/script/lexer.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

// The tokens with '|' between them, or the error's message.
std::string cut(std::string_view text, LexMode reading) {
  Lexer lexer(text, "t.lds");
  std::string all;
  while (true) {
    auto token = lexer.next(reading);
    if (!token) return token.error().text();
    if (token.value().kind == TokenKind::end) return all;
    all += (all.empty() ? "" : "|") + std::string(token.value().text);
  }
}

TEST(ScriptLexerTest, TheEndOfANameDependsOnTheContext) {
  EXPECT_EQ(cut("a-b", LexMode::statement), "a-b");
  EXPECT_EQ(cut("a-b", LexMode::expression), "a|-|b");
  EXPECT_EQ(cut(".text.*", LexMode::pattern), ".text.*");
  EXPECT_EQ(cut("a*b", LexMode::expression), "a|*|b");
  EXPECT_EQ(cut("*(.text .rodata.[a-f]?)", LexMode::pattern), "*|(|.text|.rodata.[a-f]?|)");
}

TEST(ScriptLexerTest, PunctuationThatTouchesANameIsPartOfItAsInLd) {
  EXPECT_EQ(cut(".=0x10;", LexMode::statement), ".=0x10|;");
  EXPECT_EQ(cut(".text:", LexMode::statement), ".text:");
  EXPECT_EQ(cut("x=.;", LexMode::pattern), "x=.|;");
  EXPECT_EQ(cut(".text,.data", LexMode::pattern), ".text,.data");
  EXPECT_EQ(cut("x=.;", LexMode::expression), "x|=|.|;");
}

TEST(ScriptLexerTest, RegionsSegmentsAndFillsArePunctuationAndNames) {
  EXPECT_EQ(cut(">ram AT>rom :text =0x90", LexMode::statement), ">|ram|AT|>|rom|:|text|=|0x90");
  EXPECT_EQ(cut("=0x90 /DISCARD/ x", LexMode::expression), "=|0x90|/DISCARD/|x");
}

TEST(ScriptLexerTest, TheLongestOperatorIsRead) {
  EXPECT_EQ(cut("a<<=b>>c<=d!=e&&f||!g", LexMode::expression),
            "a|<<=|b|>>|c|<=|d|!=|e|&&|f||||!|g");
  EXPECT_EQ(cut(". += 4", LexMode::statement), ".|+=|4");
}

TEST(ScriptLexerTest, CommentsSeparateTokens) {
  EXPECT_EQ(cut("a /* b */ c /**/d", LexMode::expression), "a|c|d");
  EXPECT_EQ(cut("*(.a)/* x * y */*(.b)", LexMode::pattern), "*|(|.a|)|*|(|.b|)");
}

TEST(ScriptLexerTest, NumbersHavePrefixesAndSuffixes) {
  EXPECT_EQ(cut("0x1f 10K $1F 10H 101b fad", LexMode::expression), "0x1f|10K|$1F|10H|101b|fad");
  EXPECT_EQ(value_of_number("0x1f"), 0x1fU);
  EXPECT_EQ(value_of_number("010"), 8U);
  EXPECT_EQ(value_of_number("10K"), 10240U);
  EXPECT_EQ(value_of_number("0x2M"), 0x200000U);
  EXPECT_EQ(value_of_number("$1F"), 0x1fU);
  EXPECT_EQ(value_of_number("10H"), 16U);
  EXPECT_EQ(value_of_number("101b"), 5U);
  EXPECT_EQ(value_of_number("17o"), 15U);
  EXPECT_EQ(value_of_number("0xffffffffffffffff"), ~std::uint64_t{0});
}

TEST(ScriptLexerTest, PeekConsumesNothing) {
  Lexer lexer("a-b c", "t.lds");
  EXPECT_EQ(lexer.peek(LexMode::statement).value().text, "a-b");
  EXPECT_EQ(lexer.peek(LexMode::expression).value().text, "a");
  EXPECT_EQ(lexer.peek(LexMode::expression, 1).value().text, "-");
  EXPECT_EQ(lexer.next(LexMode::statement).value().text, "a-b");
  EXPECT_EQ(lexer.next(LexMode::statement).value().text, "c");
  EXPECT_EQ(lexer.next(LexMode::statement).value().kind, TokenKind::end);
  EXPECT_EQ(lexer.next(LexMode::statement).value().kind, TokenKind::end);
}

TEST(ScriptLexerTest, ErrorsNameFileAndLine) {
  EXPECT_EQ(cut("a\nb /* c\nd", LexMode::statement), "t.lds:2: unterminated comment");
  EXPECT_EQ(cut("a\n\n\"b", LexMode::statement), "t.lds:3: unterminated string");
  EXPECT_EQ(cut("\"a\nb\"", LexMode::statement), "t.lds:1: the string does not end on its line");
  EXPECT_EQ(cut("a @", LexMode::statement), "t.lds:1: stray '@'");
  EXPECT_EQ(cut("\x01", LexMode::statement), "t.lds:1: stray byte 0x1");
  EXPECT_EQ(cut("#include <x.h>", LexMode::statement),
            "t.lds:1: stray '#'\n  name the script *.lds.S to have it preprocessed");
}

TEST(ScriptLexerTest, LineMarkersSetTheLocation) {
  Lexer lexer("x\n# 12 \"/home/a \\\"b\\\"/t.lds.S\" 2\ny\n\nz # 3", "t.lds.S");
  EXPECT_EQ(lexer.next(LexMode::statement).value().location().text(), "t.lds.S:1");
  EXPECT_EQ(lexer.next(LexMode::statement).value().location().text(), "/home/a \"b\"/t.lds.S:12");
  EXPECT_EQ(lexer.next(LexMode::statement).value().location().text(), "/home/a \"b\"/t.lds.S:14");
  EXPECT_FALSE(lexer.next(LexMode::statement));
}

TEST(ScriptLexerTest, ALineMarkerOfTheScriptItselfKeepsItsName) {
  Lexer lexer("# 7 \"/home/a/t.lds.S\"\ny", "t.lds.S", "/home/a/t.lds.S");
  EXPECT_EQ(lexer.next(LexMode::statement).value().location().text(), "t.lds.S:7");
}

}  // namespace
}  // namespace cbundle
