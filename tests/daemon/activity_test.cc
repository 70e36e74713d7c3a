// When the daemon counts as busy, and for how long it has been idle.
#include "daemon/activity.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/support/fake_clock.h"

namespace cbundle {
namespace {

using std::chrono::seconds;

TEST(ActivityTest, CallsCountWhileTheyLive) {
  Activity activity;
  {
    const Activity::Call other = activity.begin(Activity::Kind::other);
    Activity::Call build = activity.begin(Activity::Kind::build);
    const Activity::Call moved = std::move(build);
    EXPECT_EQ(activity.calls(), 2U);
    EXPECT_EQ(activity.builds(), 1U);
  }
  EXPECT_EQ(activity.calls(), 0U);
  EXPECT_EQ(activity.builds(), 0U);
}

TEST(ActivityTest, IdleTimeStartsWhenTheLastCallEnds) {
  FakeClock clock;
  Activity activity(clock);
  clock.advance(seconds(5));
  EXPECT_EQ(activity.idle_time(), seconds(5));
  std::optional<Activity::Call> first(activity.begin(Activity::Kind::build));
  std::optional<Activity::Call> last(activity.begin(Activity::Kind::other));
  clock.advance(seconds(5));
  first.reset();
  EXPECT_EQ(activity.idle_time(), seconds(0));
  last.reset();
  clock.advance(seconds(2));
  EXPECT_EQ(activity.idle_time(), seconds(2));
}

}  // namespace
}  // namespace cbundle
