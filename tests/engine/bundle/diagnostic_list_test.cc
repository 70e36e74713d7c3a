#include "engine/bundle/diagnostic_list.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

TEST(DiagnosticListTest, OfOneCauseTheFirstIsKeptAndTheOthersAreCounted) {
  DiagnosticList list;
  EXPECT_FALSE(list.has("table", 7));
  list.add("table", 7, {.message = "first", .hint = "make it const"});
  EXPECT_TRUE(list.has("table", 7));
  EXPECT_TRUE(list.has("table", 8));  // the other of a pair: known, and not counted
  EXPECT_TRUE(list.has("table", 7));
  EXPECT_FALSE(list.has("other table"));
  const Diagnostics problems = list.take();
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].similar, 2U);
}

}  // namespace
}  // namespace cbundle
