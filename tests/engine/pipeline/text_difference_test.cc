#include "engine/pipeline/text_difference.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

std::string text_of(const std::vector<LineChange>& changes) {
  std::string text;
  for (const LineChange& change : changes) {
    text += std::to_string(change.line);
    text += change.is_new ? " +" : change.is_gone ? " -" : " ";
    text += '[' + change.was + "][" + change.is + "]\n";
  }
  return text;
}

TEST(TextDifferenceTest, AChangedLineHasBothTextsAndItsNumber) {
  EXPECT_EQ(text_of(changed_lines("a\n#define X 1\nb\n", "a\n#define X 2\nb\n")),
            "2 [#define X 1][#define X 2]\n");
}

TEST(TextDifferenceTest, NewAndMissingLinesAreFoundBetweenEqualOnes) {
  EXPECT_EQ(text_of(changed_lines("a\nb\nc\n", "a\nnew\nb\nc\n")), "2 +[][new]\n");
  EXPECT_EQ(text_of(changed_lines("a\nb\nc\nd\n", "a\nc\nd\n")), "2 -[b][]\n");
  EXPECT_EQ(text_of(changed_lines("a\nb\nc\nd\ne\n", "a\nB\nc\nd\nnew\ne\n")),
            "2 [b][B]\n5 +[][new]\n");
  EXPECT_EQ(text_of(changed_lines("", "only")), "1 +[][only]\n");
  EXPECT_EQ(text_of(changed_lines("only", "")), "1 -[only][]\n");
  EXPECT_EQ(text_of(changed_lines("same\n", "same\n")), "");
}

TEST(TextDifferenceTest, BlanksAreShownOnlyWhereNothingElseDiffers) {
  EXPECT_EQ(text_of(changed_lines("  x = 1;\n", "\tx = 2;\n")), "1 [x = 1;][x = 2;]\n");
  EXPECT_EQ(text_of(changed_lines("  x\n", "\tx\n")), "1 [  x][\tx]\n");
}

TEST(TextDifferenceTest, ALongLineIsCutAroundWhatDiffers) {
  const std::string head(200, 'h');
  const std::string tail(200, 't');
  const auto changes = changed_lines(head + "1" + tail, head + "2" + tail);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].was, "..." + std::string(20, 'h') + "1" + std::string(39, 't') + "...");
  EXPECT_EQ(changes[0].is, "..." + std::string(20, 'h') + "2" + std::string(39, 't') + "...");
}

TEST(TextDifferenceTest, WhereTooMuchDiffersOnlyThePlaceIsKnown) {
  std::string before = "same\n";
  std::string now = "same\n";
  for (int i = 0; i < 1000; ++i) {
    before += "a" + std::to_string(i) + "\n";
    now += "b" + std::to_string(i) + "\n";
  }
  EXPECT_EQ(text_of(changed_lines(before, now)), "2 [][]\n");
}

}  // namespace
}  // namespace cbundle
