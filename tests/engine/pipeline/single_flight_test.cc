#include "engine/pipeline/single_flight.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <new>
#include <thread>

namespace cbundle {
namespace {

constexpr auto always = [](int) { return true; };

TEST(SingleFlightTest, CallersAtTheSameTimeShareOneRun) {
  SingleFlight<int, int> flights;
  std::atomic<int> runs = 0;
  std::promise<void> may_end;
  std::latch started(1);
  const auto work = [&] {
    ++runs;
    started.count_down();
    may_end.get_future().wait();
    return 42;
  };
  auto first = std::async(std::launch::async, [&] { return flights.once(1, {}, work, always); });
  started.wait();
  std::latch waiting(3);
  std::vector<std::future<std::optional<SingleFlight<int, int>::FlightResult>>> others;
  for (int i = 0; i < 3; ++i) {
    others.push_back(std::async(std::launch::async, [&] {
      waiting.count_down();
      return flights.once(
          1, {},
          [&] {
            ++runs;
            return 0;
          },
          always);
    }));
  }
  waiting.wait();
  // A caller that came after the end would run on its own and answer 0.
  std::this_thread::yield();
  may_end.set_value();
  EXPECT_FALSE(first.get()->shared);
  int shared = 0;
  for (auto& other : others) {
    const auto result = other.get();
    shared += result->shared && result->value == 42;
  }
  EXPECT_EQ(runs.load(), 1 + (3 - shared));
}

TEST(SingleFlightTest, AWaiterRunsItsOwnWhereTheValueMustNotBeShared) {
  SingleFlight<int, int> flights;
  std::promise<void> may_end;
  std::latch started(1);
  auto first = std::async(std::launch::async, [&] {
    return flights.once(
        1, {},
        [&] {
          started.count_down();
          may_end.get_future().wait();
          return -1;
        },
        [](int value) { return value != -1; });
  });
  started.wait();
  auto second = std::async(std::launch::async, [&] {
    return flights.once(
        1, {}, [] { return 7; }, [](int value) { return value != -1; });
  });
  may_end.set_value();
  EXPECT_EQ(first.get()->value, -1);
  EXPECT_EQ(second.get()->value, 7);
}

TEST(SingleFlightTest, AWaiterMayLeave) {
  SingleFlight<int, int> flights;
  std::promise<void> may_end;
  std::latch started(1);
  auto first = std::async(std::launch::async, [&] {
    return flights.once(
        1, {},
        [&] {
          started.count_down();
          may_end.get_future().wait();
          return 1;
        },
        always);
  });
  started.wait();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(flights.once(
                1, stop.get_token(), [] { return 2; }, always),
            std::nullopt);
  may_end.set_value();
  EXPECT_EQ(first.get()->value, 1);
}

TEST(SingleFlightTest, AWaiterRunsItsOwnWhereTheWorkHasThrown) {
  SingleFlight<int, int> flights;
  std::promise<void> may_end;
  std::latch started(1);
  auto first = std::async(std::launch::async, [&] {
    return flights.once(
        1, {},
        [&]() -> int {
          started.count_down();
          may_end.get_future().wait();
          throw std::bad_alloc();
        },
        always);
  });
  started.wait();
  auto second = std::async(std::launch::async, [&] {
    return flights.once(
        1, {}, [] { return 7; }, always);
  });
  may_end.set_value();
  EXPECT_THROW(first.get(), std::bad_alloc);
  EXPECT_EQ(second.get()->value, 7);
}

TEST(SingleFlightTest, AnExceptionInTheWorkLeavesTheKeyFree) {
  SingleFlight<int, int> flights;
  const auto throws = []() -> int { throw std::bad_alloc(); };
  EXPECT_THROW(flights.once(1, {}, throws, always), std::bad_alloc);
  const auto result = flights.once(
      1, {}, [] { return 7; }, always);
  EXPECT_EQ(result->value, 7);
  EXPECT_FALSE(result->shared);
}

}  // namespace
}  // namespace cbundle
