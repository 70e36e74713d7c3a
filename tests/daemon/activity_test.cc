// When the daemon counts as busy, and how it is asked to leave.
#include "daemon/activity.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <optional>

#include "daemon/departure.h"

namespace cbundle {
namespace {

TEST(ActivityTest, CallsCountWhileTheyLive) {
  Activity activity;
  {
    const Activity::Call question = activity.begin(Activity::Kind::question);
    Activity::Call build = activity.begin(Activity::Kind::build);
    const Activity::Call moved = std::move(build);
    EXPECT_EQ(activity.calls(), 2U);
    EXPECT_EQ(activity.builds(), 1U);
  }
  EXPECT_EQ(activity.calls(), 0U);
  EXPECT_EQ(activity.builds(), 0U);
}

TEST(ActivityTest, IdlenessBeginsWhenTheLastCallEnds) {
  Activity activity;
  std::optional<Activity::Call> call(activity.begin(Activity::Kind::build));
  const auto during = Activity::Clock::now();
  EXPECT_GE(activity.idle_since(), during);
  call.reset();
  const auto idle_since = activity.idle_since();
  EXPECT_GE(idle_since, during);
  EXPECT_EQ(activity.idle_since(), idle_since);
}

bool is_readable(int fd) {
  pollfd waits{fd, POLLIN, 0};
  return ::poll(&waits, 1, 0) == 1;
}

TEST(DepartureTest, TheFirstReasonCountsAndWakesTheLoop) {
  Departure departure;
  EXPECT_FALSE(is_readable(departure.fd()));
  EXPECT_EQ(departure.reason(), "");
  departure.request("asked to stop");
  departure.request("something else");
  EXPECT_TRUE(is_readable(departure.fd()));
  EXPECT_EQ(departure.reason(), "asked to stop");
}

TEST(DepartureTest, WhoWaitsIsToldOnceNoConnectionIsTaken) {
  Departure departure;
  int told = 0;
  departure.request("one", [&] { ++told; });
  departure.request("two", [&] { ++told; });
  EXPECT_EQ(told, 0);
  departure.closed();
  EXPECT_EQ(told, 2);
  departure.request("three", [&] { ++told; });
  EXPECT_EQ(told, 3);
}

}  // namespace
}  // namespace cbundle
