// Where the two layouts put imports.
#include "engine/bundle/layout_plan.h"

#include <gtest/gtest.h>

#include <set>

namespace cbundle {
namespace {

// If it moved by the bundle's distance, or another import's, the two could not be distinguished.
TEST(LayoutPlanTest, EachImportMovesByADistanceThatNothingElseHas) {
  for (const std::size_t count : {1U, 2U, 3U, 275U, 531U, 532U, 2000U}) {
    std::set<std::int64_t> distances{0};
    std::set<std::uint64_t> pages_a;
    std::set<std::uint64_t> pages_b;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t a = LayoutPlan::import_offset(Layout::a, i, count);
      const std::uint64_t b = LayoutPlan::import_offset(Layout::b, i, count);
      EXPECT_EQ(a % 16 + b % 16, 0U);
      EXPECT_TRUE(distances.insert(static_cast<std::int64_t>(b - a)).second)
          << i << " of " << count;
      EXPECT_TRUE(pages_a.insert(a / 4096).second) << i << " of " << count;
      EXPECT_TRUE(pages_b.insert(b / 4096).second) << i << " of " << count;
    }
  }
}

TEST(LayoutPlanTest, AHundredImportsAreWithinAMegabyte) {
  EXPECT_LT(LayoutPlan::import_offset(Layout::a, 99, 100), 1U << 20);
  EXPECT_LT(LayoutPlan::import_offset(Layout::b, 0, 100), 1U << 20);
}

}  // namespace
}  // namespace cbundle
