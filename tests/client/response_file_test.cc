// Response files: splitting them into words, and putting those in place.
#include "client/response_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/test_space.h"

namespace cbundle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> split(std::string_view text) {
  auto words = split_words(text);
  EXPECT_TRUE(words);
  return words ? *words : std::vector<std::string>();
}

Expected<std::vector<std::string>> expand(std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  return expand_response_files(pointers);
}

TEST(ResponseFileTest, WhiteSpaceSeparates) {
  EXPECT_THAT(split(" a\tb\n\r\n c "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split(" \n"), IsEmpty());
}

TEST(ResponseFileTest, QuotesHoldTogether) {
  EXPECT_THAT(split("'a b' \"c d\" e'f g'h"), ElementsAre("a b", "c d", "ef gh"));
  EXPECT_THAT(split("'' \"\""), ElementsAre("", ""));
  EXPECT_THAT(split("'\"' \"'\""), ElementsAre("\"", "'"));
  EXPECT_THAT(split("'a\nb'"), ElementsAre("a\nb"));
}

TEST(ResponseFileTest, BackslashesAreTheShells) {
  EXPECT_THAT(split("a\\ b \\'c \\\\d"), ElementsAre("a b", "'c", "\\d"));
  EXPECT_THAT(split("\"a\\\"b\\$c\\nd\""), ElementsAre("a\"b$c\\nd"));
  EXPECT_THAT(split("'a\\b'"), ElementsAre("a\\b"));
  EXPECT_THAT(split("a\\\nb c \\\n d"), ElementsAre("ab", "c", "d"));
  EXPECT_THAT(split("a\\"), ElementsAre("a\\"));
}

TEST(ResponseFileTest, AnOpenQuoteIsAnError) {
  for (const std::string_view text : {"'a", "a \"b"}) {
    auto words = split_words(text);
    ASSERT_FALSE(words);
    EXPECT_THAT(words.failure().message, HasSubstr("never closed"));
  }
}

TEST(ResponseFileTest, WordsTakeThePlaceOfTheFile) {
  const TestSpace space;
  space.write("inner", "3 4");
  space.write("outer", "2 '@" + space.path("inner") + "' 5");
  auto words = expand({"1", "@" + space.path("outer"), "6", "@"});
  ASSERT_TRUE(words);
  EXPECT_THAT(*words, ElementsAre("1", "2", "3", "4", "5", "6", "@"));
}

TEST(ResponseFileTest, WhatCannotBeReadIsNamed) {
  auto words = expand({"@/nowhere/words"});
  ASSERT_FALSE(words);
  EXPECT_EQ(words.failure().code, ExitCode::usage);
  EXPECT_THAT(words.failure().message, HasSubstr("/nowhere/words: No such file"));
  EXPECT_THAT(words.failure().message, HasSubstr("./@NAME"));
  EXPECT_FALSE(expand({"@/"}));  // a directory
}

TEST(ResponseFileTest, ACircleIsAnError) {
  const TestSpace space;
  space.write("circle", "a @" + space.path("circle"));
  auto words = expand({"@" + space.path("circle")});
  ASSERT_FALSE(words);
  EXPECT_THAT(words.failure().message, HasSubstr("leads back to itself"));
}

}  // namespace
}  // namespace cbundle
