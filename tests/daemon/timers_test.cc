// Idle exit, watchdog and drain, by a clock that the test advances.
#include "daemon/timers.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace cbundle {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

class TimersTest : public ::testing::Test {
 protected:
  Timers timers(seconds idle_exit, std::optional<microseconds> watchdog = std::nullopt) {
    return {activity_, idle_exit, watchdog, clock_};
  }

  FakeClock clock_;
  Activity activity_{clock_};
};

TEST_F(TimersTest, IdleExitIsDueAfterItsTimeWithoutACall) {
  Timers timers = this->timers(seconds(10));
  EXPECT_EQ(timers.until_next(), seconds(10));
  clock_.advance(milliseconds(9999));
  EXPECT_FALSE(timers.is_idle_exit_due());
  EXPECT_EQ(timers.until_next(), milliseconds(1));
  clock_.advance(milliseconds(1));
  EXPECT_TRUE(timers.is_idle_exit_due());
  EXPECT_EQ(timers.until_next(), milliseconds(0));
}

TEST_F(TimersTest, IdleExitIsNeverDueWhileABuildRuns) {
  Timers timers = this->timers(seconds(10));
  const Activity::Call build = activity_.begin(Activity::Kind::build);
  clock_.advance(std::chrono::hours(1));
  EXPECT_FALSE(timers.is_idle_exit_due());
  EXPECT_EQ(timers.until_next(), seconds(10));
}

TEST_F(TimersTest, ACallRestartsTheIdleTime) {
  Timers timers = this->timers(seconds(10));
  clock_.advance(seconds(9));
  activity_.begin(Activity::Kind::other);
  clock_.advance(seconds(9));
  EXPECT_FALSE(timers.is_idle_exit_due());
  EXPECT_EQ(timers.until_next(), seconds(1));
  clock_.advance(seconds(1));
  EXPECT_TRUE(timers.is_idle_exit_due());
}

TEST_F(TimersTest, ZeroDisablesIdleExit) {
  Timers timers = this->timers(seconds(0));
  clock_.advance(std::chrono::hours(24));
  EXPECT_FALSE(timers.is_idle_exit_due());
  EXPECT_EQ(timers.until_next(), Timers::max_wait);
}

TEST_F(TimersTest, TheLoopWakesUpEveryMinuteAndForTheWatchdog) {
  Timers unwatched = timers(seconds(900));
  EXPECT_EQ(unwatched.until_next(), Timers::max_wait);
  Timers watched = timers(seconds(900), seconds(30));
  EXPECT_EQ(watched.until_next(), seconds(30));
  clock_.advance(seconds(890));
  EXPECT_EQ(watched.until_next(), seconds(10));
}

TEST_F(TimersTest, AWaitIsRoundedUpSoThatItIsLongEnough) {
  Timers timers = this->timers(seconds(10));
  clock_.advance(seconds(9) + microseconds(999'001));
  EXPECT_EQ(timers.until_next(), milliseconds(1));
}

TEST_F(TimersTest, ADrainIsOverdueAfterItsLimit) {
  Timers timers = this->timers(seconds(10));
  timers.start_drain(seconds(20));
  clock_.advance(seconds(19));
  EXPECT_FALSE(timers.is_drain_overdue());
  EXPECT_FALSE(timers.is_idle_exit_due());
  EXPECT_EQ(timers.until_next(), seconds(1));
  clock_.advance(seconds(1));
  EXPECT_TRUE(timers.is_drain_overdue());
  EXPECT_EQ(timers.until_next(), Timers::max_wait);
}

TEST_F(TimersTest, TheWatchdogIsServedDuringADrain) {
  Timers timers = this->timers(seconds(10), seconds(5));
  timers.start_drain(seconds(20));
  EXPECT_EQ(timers.until_next(), seconds(5));
  clock_.advance(seconds(60));
  EXPECT_EQ(timers.until_next(), seconds(5));
}

}  // namespace
}  // namespace cbundle
