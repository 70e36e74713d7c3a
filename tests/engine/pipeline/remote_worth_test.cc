// When a stage is not worth a question to the remote cache.

#include "engine/pipeline/remote_worth.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

using std::chrono::microseconds;

TEST(RemoteWorthTest, AStageIsAskedForUntilBothTimesAreKnown) {
  RemoteWorth worth;
  EXPECT_TRUE(worth.is_worth_asking(StageKind::partial));
  worth.looked_up(microseconds(20'000));
  EXPECT_TRUE(worth.is_worth_asking(StageKind::partial));
  worth.ran(StageKind::partial, microseconds(3'000));
  EXPECT_FALSE(worth.is_worth_asking(StageKind::partial));
  EXPECT_TRUE(worth.is_worth_asking(StageKind::layout_a));
}

TEST(RemoteWorthTest, AFastRemoteIsWorthIt) {
  RemoteWorth worth;
  worth.ran(StageKind::partial, microseconds(3'000));
  worth.looked_up(microseconds(500));
  EXPECT_TRUE(worth.is_worth_asking(StageKind::partial));
}

TEST(RemoteWorthTest, NowAndThenItIsAskedAgainAndTheTimesFollow) {
  RemoteWorth worth;
  worth.ran(StageKind::partial, microseconds(3'000));
  worth.looked_up(microseconds(20'000));
  int asked = 0;
  for (int i = 0; i < 32; ++i) asked += worth.is_worth_asking(StageKind::partial) ? 1 : 0;
  EXPECT_EQ(asked, 2);
  for (int i = 0; i < 16; ++i) worth.looked_up(microseconds(500));
  EXPECT_TRUE(worth.is_worth_asking(StageKind::partial));
}

}  // namespace
}  // namespace cbundle
