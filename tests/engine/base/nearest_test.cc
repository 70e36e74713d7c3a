// Which known word is meant by a misspelt one.
#include "engine/base/nearest.h"

#include <gtest/gtest.h>

#include <array>

namespace cbundle {
namespace {

constexpr std::array<std::string_view, 4> known{"memcpy", "memset", "jobs", "cache_dir"};

TEST(NearestTest, ASlipOfTheFingerIsFound) {
  EXPECT_EQ(nearest("memcyp", known), "memcpy");
  EXPECT_EQ(nearest("memse", known), "memset");
  EXPECT_EQ(nearest("jobbs", known), "jobs");
  EXPECT_EQ(nearest("cachedir", known), "cache_dir");
  EXPECT_EQ(nearest("jobs", known), "jobs");
}

TEST(NearestTest, AnotherWordIsNotTakenForAKnownOne) {
  EXPECT_EQ(nearest("printf", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest("jo", known), "");
  EXPECT_EQ(nearest("jobs", {}), "");
}

}  // namespace
}  // namespace cbundle
