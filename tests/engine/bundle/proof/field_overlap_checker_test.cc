#include "engine/bundle/proof/field_overlap_checker.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

constexpr bool filled_in = true;
constexpr bool kept = false;

TEST(ClaimsTest, FieldsThatKeepWhatTheyHoldMayShareBytes) {
  FieldOverlapChecker claims(100);
  EXPECT_TRUE(claims.claim(40, 4, kept));
  EXPECT_TRUE(claims.claim(42, 8, kept));
}

TEST(ClaimsTest, AFieldThatIsFilledInSharesNoByteWithOneNotedBefore) {
  for (const bool first : {filled_in, kept}) {
    FieldOverlapChecker claims(100);
    EXPECT_TRUE(claims.claim(40, 4, first));
    EXPECT_TRUE(claims.claim(36, 4, filled_in));
    EXPECT_TRUE(claims.claim(44, 4, filled_in));
    EXPECT_FALSE(claims.claim(43, 1, filled_in));
    EXPECT_FALSE(claims.claim(37, 4, filled_in));
  }
}

TEST(ClaimsTest, NorWithOneNotedAfter) {
  FieldOverlapChecker claims(100);
  EXPECT_TRUE(claims.claim(40, 4, filled_in));
  EXPECT_FALSE(claims.claim(33, 8, kept));
  EXPECT_TRUE(claims.claim(32, 8, kept));
}

TEST(ClaimsTest, EveryByteOfASectionIsOneOfItsOwn) {
  for (std::uint64_t offset = 0; offset + 8 <= 200; ++offset) {
    FieldOverlapChecker claims(200);
    EXPECT_TRUE(claims.claim(offset, 8, filled_in));
    for (std::uint64_t other = 0; other < 200; ++other) {
      EXPECT_EQ(claims.claim(other, 1, kept), other < offset || other >= offset + 8)
          << offset << ", " << other;
    }
  }
}

}  // namespace
}  // namespace cbundle
