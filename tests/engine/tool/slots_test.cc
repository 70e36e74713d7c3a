// Slots are given out fairly, and a wait for one is not without end.
#include "engine/tool/slots.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

#include "tests/support/fake_clock.h"

namespace cbundle {
namespace {

using Slot = std::optional<Slots::Slot>;

TEST(SlotsTest, ASlotThatIsGivenBackServesTheNext) {
  FakeClock clock;  // nobody becomes overdue
  Slots slots(1, clock);
  Slot first = slots.wait("busy", {});
  auto other = std::async(std::launch::async, [&] { return slots.wait("other", {}); });
  first.reset();
  EXPECT_TRUE(other.get());
}

TEST(SlotsTest, OneMoreThanTheLimitIsGivenWhereNobodyGotOneForAWhile) {
  FakeClock clock;
  Slots slots(1, clock);
  const Slot slow = slots.wait("slow", {});
  auto short_one = std::async(std::launch::async, [&] { return slots.wait("short", {}); });
  clock.advance(Slots::patience);
  const Slot got = short_one.get();
  ASSERT_TRUE(got);
  std::stop_source stop;
  auto third = std::async(std::launch::async, [&] { return slots.wait("x", stop.get_token()); });
  clock.advance(10 * Slots::patience);
  stop.request_stop();
  EXPECT_FALSE(third.get());  // twice the limit is the most
}

TEST(SlotsTest, AStopEndsTheWait) {
  FakeClock clock;
  Slots slots(1, clock);
  const Slot held = slots.wait("a", {});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(slots.wait("b", stop.get_token()));
}

}  // namespace
}  // namespace cbundle
