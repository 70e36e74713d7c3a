#include "daemon/task_group.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/daemon/fake_engine.h"

namespace cbundle {
namespace {

TEST(TaskGroupTest, ItIsDestroyedAfterAllTasksHaveEnded) {
  std::atomic<int> done = 0;
  {
    TaskGroup tasks;
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(tasks.start({}, [&] { ++done; }));
  }
  EXPECT_EQ(done, 100);
}

TEST(TaskGroupTest, AStopReachesAllRunningTasks) {
  TaskGroup tasks;
  for (int i = 0; i < 3; ++i) {
    const std::stop_source stop;
    ASSERT_TRUE(tasks.start(stop, [token = stop.get_token()] {
      TestEvent never;
      EXPECT_FALSE(never.wait(token));
    }));
  }
  tasks.stop();
  tasks.join();
}

TEST(TaskGroupTest, WhatATaskHoldsIsDestroyedBeforeItsThreadEnds) {
  auto held = std::make_shared<int>(1);
  TaskGroup tasks;
  ASSERT_TRUE(tasks.start({}, [held] {}));
  tasks.join();
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace cbundle
