// Who serves a call: daemon, new daemon or one-shot, whatever state the daemon is in.
#include "client/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/daemon_space.h"

namespace cbundle {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class ServiceTest : public testing::Test {
 protected:
  // Makes a call; what it said on standard error is in said_.
  std::optional<Failure> ask(DaemonSpace& daemon, bool may_start = true, bool quiet = false) {
    ServiceNeeds needs{may_start, quiet};
    needs.patience.call = {milliseconds(500), milliseconds(500), milliseconds(500)};
    if (patient_) needs.patience.call = {};
    needs.patience.leaving = milliseconds(patient_ ? 10'000 : 1);
    testing::internal::CaptureStderr();
    auto failure = serve(daemon.environment(), needs, [this](Connection& connection) {
      ++attempts_;
      const auto ignore = [](std::string_view) { return true; };
      return connection.call("/cbundle.v1.AdminService/Status", "", ignore);
    });
    said_ = testing::internal::GetCapturedStderr();
    return failure;
  }

  bool patient_ = true;
  int attempts_ = 0;
  std::string said_;
};

TEST_F(ServiceTest, ADaemonServes) {
  DaemonSpace daemon;
  EXPECT_FALSE(ask(daemon));
  EXPECT_FALSE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "daemon\n");
  EXPECT_EQ(said_, "");
}

TEST_F(ServiceTest, ADaemonThatDoesNotStartIsReplacedByAOneShot) {
  DaemonSpace daemon("broken");
  EXPECT_FALSE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "daemon\none-shot\n");
  EXPECT_THAT(said_, testing::StartsWith("cbundle: note: the daemon did not start"));
  EXPECT_THAT(said_, HasSubstr("the disk is on fire"));
}

TEST_F(ServiceTest, AQuietOneDoesNotSayWhy) {
  DaemonSpace daemon("broken");
  EXPECT_FALSE(ask(daemon, true, true));
  EXPECT_EQ(said_, "");
}

TEST_F(ServiceTest, AHungDaemonIsPassedBy) {
  DaemonSpace daemon("mute");
  patient_ = false;
  EXPECT_FALSE(ask(daemon));
  EXPECT_EQ(attempts_, 2);
  EXPECT_EQ(daemon.starts(), "daemon\none-shot\n");
  EXPECT_THAT(said_, HasSubstr("does not answer"));
}

TEST_F(ServiceTest, ADaemonThatLeavesIsReplaced) {
  DaemonSpace daemon("leaving");
  daemon.once();
  EXPECT_FALSE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "daemon\ndaemon\n");
  EXPECT_EQ(said_, "");
}

TEST_F(ServiceTest, OneThatAlwaysLeavesIsNotTriedForEver) {
  DaemonSpace daemon("leaving");
  EXPECT_FALSE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "daemon\ndaemon\none-shot\n");
  EXPECT_THAT(said_, HasSubstr("leaving"));
}

TEST_F(ServiceTest, ABusyDaemonOfAnotherVersionIsPassedBy) {
  DaemonSpace daemon("busy");
  patient_ = false;
  EXPECT_FALSE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "daemon\none-shot\n");
  EXPECT_THAT(said_, HasSubstr("another version"));
}

TEST_F(ServiceTest, WhereADaemonIsRequiredThereIsNoOneShot) {
  DaemonSpace daemon("broken");
  daemon.space.set("CBUNDLE_DAEMON", "required");
  const auto failure = ask(daemon);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ExitCode::no_daemon);
  EXPECT_THAT(failure->message, HasSubstr("the disk is on fire"));
  EXPECT_EQ(daemon.starts(), "daemon\n");
}

TEST_F(ServiceTest, WhereADaemonIsRequiredOneIsStarted) {
  DaemonSpace daemon;
  daemon.space.set("CBUNDLE_DAEMON", "required");
  EXPECT_FALSE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "daemon\n");
}

TEST_F(ServiceTest, WhereNoDaemonIsWantedAOneShotUsesTheCache) {
  DaemonSpace daemon;
  daemon.space.set("CBUNDLE_DAEMON", "never");
  EXPECT_FALSE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "one-shot\n");
  EXPECT_EQ(said_, "");
}

TEST_F(ServiceTest, WhereAllIsDisabledAOneShotGoesWithoutTheCache) {
  DaemonSpace daemon;
  daemon.space.set("CBUNDLE_DISABLE", "1");
  EXPECT_FALSE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "one-shot --no-cache\n");
}

TEST_F(ServiceTest, WhoMayNotStartADaemonGetsAOneShot) {
  DaemonSpace daemon;
  EXPECT_FALSE(ask(daemon, false));
  EXPECT_EQ(daemon.starts(), "one-shot\n");
  EXPECT_EQ(said_, "");
}

TEST_F(ServiceTest, WhereNothingWorksTheLastCauseIsTold) {
  DaemonSpace daemon("hopeless");
  const auto failure = ask(daemon);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ExitCode::internal);
  EXPECT_THAT(failure->message, HasSubstr("the private cbundled failed"));
}

TEST_F(ServiceTest, WithoutAProgramTheSearchIsTold) {
  DaemonSpace daemon;
  daemon.space.set("CBUNDLED", std::nullopt);
  daemon.space.set("PATH", daemon.space.path("bin"));
  const auto failure = ask(daemon);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ExitCode::internal);
  EXPECT_THAT(failure->message, HasSubstr("no " + daemon.space.path("bin/cbundled")));
  EXPECT_THAT(failure->message, HasSubstr("libexec/cbundle/cbundled"));
  EXPECT_EQ(said_, "");
}

}  // namespace
}  // namespace cbundle
