#include "engine/bundle/proof/field_overlap_checker.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

constexpr bool relocated = true;
constexpr bool fixed = false;

TEST(FieldOverlapCheckerTest, FieldsThatAreNotRelocatedMayShareBytes) {
  FieldOverlapChecker fields(100);
  EXPECT_TRUE(fields.add(40, 4, fixed));
  EXPECT_TRUE(fields.add(42, 8, fixed));
}

TEST(FieldOverlapCheckerTest, ARelocatedFieldMustNotShareAByteWithAnEarlierOne) {
  for (const bool first : {relocated, fixed}) {
    FieldOverlapChecker fields(100);
    EXPECT_TRUE(fields.add(40, 4, first));
    EXPECT_TRUE(fields.add(36, 4, relocated));
    EXPECT_TRUE(fields.add(44, 4, relocated));
    EXPECT_FALSE(fields.add(43, 1, relocated));
    EXPECT_FALSE(fields.add(37, 4, relocated));
  }
}

TEST(FieldOverlapCheckerTest, ARelocatedFieldMustNotShareAByteWithALaterOne) {
  FieldOverlapChecker fields(100);
  EXPECT_TRUE(fields.add(40, 4, relocated));
  EXPECT_FALSE(fields.add(33, 8, fixed));
  EXPECT_TRUE(fields.add(32, 8, fixed));
}

TEST(FieldOverlapCheckerTest, FieldsThatOnlyTouchDoNotOverlap) {
  for (std::uint64_t offset = 0; offset + 8 <= 200; ++offset) {
    FieldOverlapChecker fields(200);
    EXPECT_TRUE(fields.add(offset, 8, relocated));
    for (std::uint64_t other = 0; other < 200; ++other) {
      EXPECT_EQ(fields.add(other, 1, fixed), other < offset || other >= offset + 8)
          << offset << ", " << other;
    }
  }
}

}  // namespace
}  // namespace cbundle
