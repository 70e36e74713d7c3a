// What is printed: JSON, quantities, colour, suggestions.
#include <gtest/gtest.h>

#include <map>

#include "client/json.h"
#include "client/quantity.h"
#include "client/suggestion.h"
#include "client/terminal.h"
#include "client/utf8.h"

namespace cbundle {
namespace {

TEST(JsonTest, StringsAreEscaped) {
  EXPECT_EQ(json_string("plain"), "\"plain\"");
  EXPECT_EQ(json_string("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
  EXPECT_EQ(json_string("a\n\t\r\b\x1b\x7f"), "\"a\\n\\t\\r\\u0008\\u001b\\u007f\"");
  EXPECT_EQ(json_string(std::string_view("\0", 1)), "\"\\u0000\"");
  EXPECT_EQ(json_string("\u00e4\u20ac\U0001f600"), "\"\u00e4\u20ac\U0001f600\"");
}

TEST(JsonTest, WhatIsNoUtf8IsReplaced) {
  EXPECT_EQ(json_string("a\xff"
                        "b"),
            "\"a\ufffdb\"");
  EXPECT_EQ(json_string("\xc3"), "\"\ufffd\"");
}

TEST(JsonTest, MillisecondsHaveThreeDecimals) {
  EXPECT_EQ(json_milliseconds(0), "0.000");
  EXPECT_EQ(json_milliseconds(7), "0.007");
  EXPECT_EQ(json_milliseconds(1234567), "1234.567");
}

TEST(Utf8Test, OnlyWellFormedCharactersCount) {
  for (const std::string_view good : {"", "a", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf",
                                      "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(good));
  }
  for (const std::string_view bad :
       {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xe2\x82", "\xe2\x82y", "a\xff"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

TEST(QuantityTest, SizesAreRead) {
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("512"), 512U);
  EXPECT_EQ(parse_size("4K"), 4096U);
  EXPECT_EQ(parse_size("500M"), 500ULL << 20);
  EXPECT_EQ(parse_size("5g"), 5ULL << 30);
  EXPECT_EQ(parse_size("1T"), 1ULL << 40);
  for (const std::string_view bad :
       {"", "G", "-1", "1.5G", "5 G", "5GB", "99999999999T", "18446744073709551616"}) {
    EXPECT_FALSE(parse_size(bad)) << bad;
  }
}

TEST(QuantityTest, SizesAreWritten) {
  EXPECT_EQ(size_in_words(0), "0 bytes");
  EXPECT_EQ(size_in_words(1), "1 byte");
  EXPECT_EQ(size_in_words(1023), "1023 bytes");
  EXPECT_EQ(size_in_words(1536), "1.5 KiB");
  EXPECT_EQ(size_in_words(5ULL << 30), "5.0 GiB");
  EXPECT_EQ(size_in_words(5000ULL << 40), "5000.0 TiB");
}

TEST(QuantityTest, DurationsAreWritten) {
  EXPECT_EQ(duration_in_words(7), "7 s");
  EXPECT_EQ(duration_in_words(307), "5 min 7 s");
  EXPECT_EQ(duration_in_words(3 * 3600 + 120), "3 h 2 min");
  EXPECT_EQ(duration_in_words(2 * 86400 + 3 * 3600), "2 d 3 h");
}

TEST(TerminalTest, EachMessageOfSeveralHasItsOwnWord) {
  EXPECT_EQ(dressed(Tone::error, "no", false), "cbundle: error: no\n");
  EXPECT_EQ(dressed(Tone::warning, "one\ntwo\n  three\n\nfour\n\n", false),
            "cbundle: warning: one\ncbundle: warning: two\n  three\n\ncbundle: warning: four\n");
  EXPECT_EQ(dressed(Tone::note, "", false), "cbundle: note: \n");
  EXPECT_EQ(dressed(Tone::error, "no", true), "cbundle: \033[1;31merror: \033[0mno\n");
}

TEST(TerminalTest, ColourIsForTerminals) {
  std::map<std::string, std::string> variables{{"TERM", "xterm"}};
  const auto variable = [&](const char* name) -> std::string_view { return variables[name]; };
  EXPECT_TRUE(wants_colour(variable, true));
  EXPECT_FALSE(wants_colour(variable, false));
  variables["NO_COLOR"] = "1";
  EXPECT_FALSE(wants_colour(variable, true));
  variables = {{"TERM", "dumb"}};
  EXPECT_FALSE(wants_colour(variable, true));
  variables = {};
  EXPECT_FALSE(wants_colour(variable, true));
}

TEST(SuggestionTest, TheNearestWordIsMeant) {
  constexpr std::string_view known[] = {"data", "func", "thumb"};
  EXPECT_EQ(nearest("fnc", known), "func");
  EXPECT_EQ(nearest("fucn", known), "func");
  EXPECT_EQ(nearest("thumbs", known), "thumb");
  EXPECT_EQ(nearest("dta", known), "data");
  EXPECT_EQ(nearest("code", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest(std::string(1 << 20, 'x'), known), "");
  EXPECT_EQ(did_you_mean("datum", known), "; did you mean data?");
  EXPECT_EQ(did_you_mean("x", known), "");
}

}  // namespace
}  // namespace cbundle
