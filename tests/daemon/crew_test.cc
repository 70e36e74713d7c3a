// Threads that are all joined in the end.
#include "daemon/crew.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/daemon/fake_engine.h"

namespace cbundle {
namespace {

TEST(CrewTest, AllWorkIsDoneWhenItIsGone) {
  std::atomic<int> done = 0;
  {
    Crew crew;
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(crew.start({}, [&] { ++done; }));
  }
  EXPECT_EQ(done, 100);
}

TEST(CrewTest, AStopReachesAllThatRun) {
  Crew crew;
  for (int i = 0; i < 3; ++i) {
    const std::stop_source stop;
    ASSERT_TRUE(crew.start(stop, [token = stop.get_token()] {
      Happening never;
      EXPECT_FALSE(never.wait(token));
    }));
  }
  crew.stop();
  crew.join();
}

TEST(CrewTest, WhatTheWorkHoldsIsGoneBeforeItsThreadIs) {
  auto held = std::make_shared<int>(1);
  Crew crew;
  ASSERT_TRUE(crew.start({}, [held] {}));
  crew.join();
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace cbundle
