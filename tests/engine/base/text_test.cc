// JSON quoting, UTF-8, sizes.
#include "engine/base/text.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

TEST(JsonTest, StringsAreEscaped) {
  EXPECT_EQ(json_string("plain"), "\"plain\"");
  EXPECT_EQ(json_string("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
  EXPECT_EQ(json_string("a\n\t\r\b\x1b\x7f"), "\"a\\n\\t\\r\\u0008\\u001b\\u007f\"");
  EXPECT_EQ(json_string(std::string_view("\0", 1)), "\"\\u0000\"");
  EXPECT_EQ(json_string("\u00e4\u20ac\U0001f600"), "\"\u00e4\u20ac\U0001f600\"");
}

TEST(JsonTest, InvalidUtf8IsReplaced) {
  EXPECT_EQ(json_string("a\xff"
                        "b"),
            "\"a\ufffdb\"");
  EXPECT_EQ(json_string("\xc3"), "\"\ufffd\"");
}

TEST(Utf8Test, OnlyWellFormedCharactersAreAccepted) {
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

TEST(SizeTest, SuffixesArePowersOf1024) {
  EXPECT_EQ(parse_size("0").value(), 0U);
  EXPECT_EQ(parse_size("512").value(), 512U);
  EXPECT_EQ(parse_size("4K").value(), 4096U);
  EXPECT_EQ(parse_size("500M").value(), 500ULL << 20);
  EXPECT_EQ(parse_size("5g").value(), 5ULL << 30);
  EXPECT_EQ(parse_size("1T").value(), 1ULL << 40);
  EXPECT_EQ(parse_size("16777215T").value(), 16777215ULL << 40);
}

TEST(SizeTest, InvalidSizesAreQuoted) {
  for (const std::string_view bad :
       {"", "G", "-1", "1.5G", "5 G", "5GB", "5X", "16777216T", "99999999999T",
        "18446744073709551616", " 5", "-5", "99999999999G"}) {
    const auto size = parse_size(bad);
    ASSERT_FALSE(size) << bad;
    EXPECT_EQ(size.error().kind, ErrorKind::bad_request);
    EXPECT_EQ(size.error().text(),
              "invalid size " + quote(bad) + " (use a number with K, M, G or T)");
  }
}

TEST(TextTest, AnIdentifierIsOfLettersDigitsAndUnderscores) {
  for (const char* name : {"a", "_", "Z9", "boot_32"}) EXPECT_TRUE(is_identifier(name)) << name;
  for (const char* name : {"", "9", "a.b", "a-b", "a b", "$a", "\xc3\xbc"}) {
    EXPECT_FALSE(is_identifier(name)) << name;
  }
}

TEST(TextTest, LinesHaveNoEndAndTheLastOneNeedsNone) {
  using Lines = std::vector<std::string_view>;
  EXPECT_EQ(lines_of(""), Lines{});
  EXPECT_EQ(lines_of("a\n\nb"), (Lines{"a", "", "b"}));
  EXPECT_EQ(lines_of("a\n"), Lines{"a"});
}

}  // namespace
}  // namespace cbundle
