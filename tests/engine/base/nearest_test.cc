// Suggestions for misspelt words.
#include "engine/base/nearest.h"

#include <gtest/gtest.h>

#include <array>

namespace cbundle {
namespace {

constexpr std::array<std::string_view, 4> known{"memcpy", "memset", "jobs", "cache_dir"};

TEST(NearestTest, MisspeltWordsAreRecognized) {
  EXPECT_EQ(nearest("memcyp", known), "memcpy");
  EXPECT_EQ(nearest("memse", known), "memset");
  EXPECT_EQ(nearest("jobbs", known), "jobs");
  EXPECT_EQ(nearest("cachedir", known), "cache_dir");
  EXPECT_EQ(nearest("jobs", known), "jobs");
}

TEST(NearestTest, OtherWordsAreNotMistakenForKnownOnes) {
  EXPECT_EQ(nearest("printf", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest("jo", known), "");
  EXPECT_EQ(nearest("jobs", {}), "");
  EXPECT_EQ(nearest(std::string(1 << 20, 'x'), known), "");
}

TEST(NearestTest, TheNearestIsSuggested) {
  EXPECT_EQ(did_you_mean("jbos", known), "did you mean 'jobs'?");
  EXPECT_EQ(did_you_mean("x", known), "");
}

}  // namespace
}  // namespace cbundle
