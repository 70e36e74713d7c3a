// The record of private runs: what is written is read, and no foreign file is touched.
#include "proto/private_runs.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/client/test_space.h"

namespace cbundle {
namespace {

class PrivateRunsTest : public testing::Test {
 protected:
  PrivateRunsTest() { paths_.private_runs = space_.path("daemon.private"); }

  TestSpace space_;
  Paths paths_;
};

TEST_F(PrivateRunsTest, WhatIsRecordedIsReadOldestFirst) {
  EXPECT_TRUE(private_runs(paths_).empty());
  record_private_run(paths_, "the daemon does not respond");
  record_private_run(paths_, "two\nlines");
  const std::vector<PrivateRun> runs = private_runs(paths_);
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].reason, "the daemon does not respond");
  EXPECT_GT(runs[0].time, 1'000'000'000);
  EXPECT_EQ(runs[1].reason, "two lines");
}

TEST_F(PrivateRunsTest, ALinkInItsPlaceIsNotFollowed) {
  space_.write("precious", "keep me\n");
  std::filesystem::create_symlink(space_.path("precious"), paths_.private_runs);
  record_private_run(paths_, "a reason");
  EXPECT_EQ(space_.read("precious"), "keep me\n");
  EXPECT_TRUE(private_runs(paths_).empty());
}

TEST_F(PrivateRunsTest, AFifoInItsPlaceDoesNotBlock) {
  ASSERT_EQ(::mkfifo(paths_.private_runs.c_str(), 0600), 0);
  record_private_run(paths_, "a reason");
  EXPECT_TRUE(private_runs(paths_).empty());
}

TEST_F(PrivateRunsTest, ALongRecordIsBegunAnewAndMalformedLinesAreLeftOut) {
  space_.write("daemon.private", "no time\n12\n17 an old reason\n");
  ASSERT_EQ(private_runs(paths_).size(), 1u);
  EXPECT_EQ(private_runs(paths_).front().time, 17);
  space_.write("daemon.private", std::string(70'000, 'x'));
  record_private_run(paths_, "a reason");
  ASSERT_EQ(private_runs(paths_).size(), 1u);
  EXPECT_EQ(private_runs(paths_).front().reason, "a reason");
}

}  // namespace
}  // namespace cbundle
