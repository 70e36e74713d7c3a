// Response files: splitting them into arguments, and expanding them.
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
  auto arguments = split_arguments(text);
  EXPECT_TRUE(arguments);
  return arguments ? arguments.value() : std::vector<std::string>();
}

Result<std::vector<std::string>> expand(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& word : arguments) pointers.push_back(word.data());
  return expand_response_files(pointers);
}

TEST(ResponseFileTest, WhiteSpaceSeparates) {
  EXPECT_THAT(split(" a\tb\n\r\n c "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split(" \n"), IsEmpty());
}

TEST(ResponseFileTest, QuotesKeepWhiteSpace) {
  EXPECT_THAT(split("'a b' \"c d\" e'f g'h"), ElementsAre("a b", "c d", "ef gh"));
  EXPECT_THAT(split("'' \"\""), ElementsAre("", ""));
  EXPECT_THAT(split("'\"' \"'\""), ElementsAre("\"", "'"));
  EXPECT_THAT(split("'a\nb'"), ElementsAre("a\nb"));
}

TEST(ResponseFileTest, BackslashesQuoteAsInTheShell) {
  EXPECT_THAT(split("a\\ b \\'c \\\\d"), ElementsAre("a b", "'c", "\\d"));
  EXPECT_THAT(split("\"a\\\"b\\$c\\nd\""), ElementsAre("a\"b$c\\nd"));
  EXPECT_THAT(split("'a\\b'"), ElementsAre("a\\b"));
  EXPECT_THAT(split("a\\\nb c \\\n d"), ElementsAre("ab", "c", "d"));
  EXPECT_THAT(split("a\\"), ElementsAre("a\\"));
}

TEST(ResponseFileTest, AnUnclosedQuoteIsAnError) {
  for (const std::string_view text : {"'a", "a \"b"}) {
    auto arguments = split_arguments(text);
    ASSERT_FALSE(arguments);
    EXPECT_THAT(arguments.error().text(), HasSubstr("is not closed"));
  }
}

TEST(ResponseFileTest, TheFileIsReplacedByItsArguments) {
  const TestSpace space;
  space.write("inner", "3 4");
  space.write("outer", "2 '@" + space.path("inner") + "' 5");
  auto arguments = expand({"1", "@" + space.path("outer"), "6", "@"});
  ASSERT_TRUE(arguments);
  EXPECT_THAT(arguments.value(), ElementsAre("1", "2", "3", "4", "5", "6", "@"));
}

TEST(ResponseFileTest, AnUnreadableFileIsNamed) {
  auto arguments = expand({"@/nowhere/arguments"});
  ASSERT_FALSE(arguments);
  EXPECT_EQ(arguments.error().kind, ErrorKind::bad_request);
  EXPECT_THAT(arguments.error().text(), HasSubstr("/nowhere/arguments: No such file"));
  EXPECT_THAT(arguments.error().text(), HasSubstr("./@NAME"));
  EXPECT_FALSE(expand({"@/"}));  // a directory
}

TEST(ResponseFileTest, ACycleIsAnError) {
  const TestSpace space;
  space.write("cycle", "a @" + space.path("cycle"));
  auto arguments = expand({"@" + space.path("cycle")});
  ASSERT_FALSE(arguments);
  EXPECT_THAT(arguments.error().text(), HasSubstr("includes itself"));
}

}  // namespace
}  // namespace cbundle
