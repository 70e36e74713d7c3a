#include "engine/bundle/problem.h"

#include <gtest/gtest.h>

#include "engine/bundle/problem_list.h"

namespace cbundle {
namespace {

Problem problem(const std::string& text) {
  return {.text = text, .hint = "mend it", .place = std::nullopt};
}

TEST(ProblemTest, PlaceTextAndRemedyAreToldInThisOrder) {
  const auto locate = [](const Problem&) { return "a.c:1"; };
  EXPECT_EQ(render({problem("it is broken")}, locate), "a.c:1: it is broken\n  mend it");
  EXPECT_EQ(render({problem("it is broken")}, nullptr), "it is broken\n  mend it");
}

TEST(ProblemTest, OfManyTheRestIsCounted) {
  const std::vector<Problem> many(23, {.text = "no", .hint = "", .place = std::nullopt});
  EXPECT_EQ(render(many, nullptr, 2), "no\nno\nand 21 more like these");
}

TEST(ProblemListTest, OfOneCauseTheFirstIsKeptAndItsLikeAreCounted) {
  ProblemList list;
  EXPECT_FALSE(list.has("table", 7));
  list.add("table", 7, problem("first"));
  EXPECT_TRUE(list.has("table", 7));
  EXPECT_TRUE(list.has("table", 8));  // the other of a pair: known, and not counted
  EXPECT_TRUE(list.has("table", 7));
  EXPECT_FALSE(list.has("other table"));
  const std::vector<Problem> problems = list.take();
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(render(problems, nullptr), "first, and 2 more like it\n  mend it");
}

}  // namespace
}  // namespace cbundle
