// When a remote that has failed is asked again.

#include "daemon/remote/circuit_breaker.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace cbundle {
namespace {

using std::chrono::seconds;

TEST(CircuitBreakerTest, IsOpenUntilTheRemoteHasAnswered) {
  const FakeClock clock;
  CircuitBreaker breaker(clock);
  EXPECT_FALSE(breaker.is_closed());
  EXPECT_FALSE(breaker.has_tried());
  EXPECT_TRUE(breaker.is_probe_due());
  breaker.succeeded();
  EXPECT_TRUE(breaker.is_closed());
  EXPECT_FALSE(breaker.is_probe_due());
}

TEST(CircuitBreakerTest, EachFailedProbeDoublesThePauseUpToAMinute) {
  FakeClock clock;
  CircuitBreaker breaker(clock);
  for (const int pause : {5, 10, 20, 40, 60, 60}) {
    breaker.failed();
    clock.advance(seconds(pause) - std::chrono::milliseconds(1));
    EXPECT_FALSE(breaker.is_probe_due()) << pause;
    clock.advance(std::chrono::milliseconds(1));
    EXPECT_TRUE(breaker.is_probe_due()) << pause;
  }
  breaker.succeeded();
  breaker.failed();
  clock.advance(seconds(5));
  EXPECT_TRUE(breaker.is_probe_due());
}

TEST(CircuitBreakerTest, CallsThatFailTogetherCountOnce) {
  FakeClock clock;
  CircuitBreaker breaker(clock);
  breaker.succeeded();
  for (int call = 0; call < 8; ++call) breaker.failed();
  clock.advance(seconds(5));
  EXPECT_TRUE(breaker.is_probe_due());
}

}  // namespace
}  // namespace cbundle
