// Who serves a call: daemon, new daemon or private daemon, in each state of the daemon.
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
  // Makes a call; printed_ is its standard error.
  Result<void> ask(DaemonSpace& daemon, bool may_start = true, bool quiet = false) {
    CallOptions options{may_start, quiet ? Verbosity::quiet : Verbosity::normal};
    options.timeouts.call = {milliseconds(500), milliseconds(500), milliseconds(500)};
    if (patient_) options.timeouts.call = {};
    options.timeouts.exit = patient_ ? std::chrono::hours(1) : milliseconds(1);
    testing::internal::CaptureStderr();
    auto served = call_daemon(daemon.environment(), options, [this](Connection& connection) {
      ++attempts_;
      const auto ignore = [](std::string_view) { return true; };
      return connection.call("/cbundle.v1.AdminService/Status", "", ignore);
    });
    printed_ = testing::internal::GetCapturedStderr();
    return served;
  }

  bool patient_ = true;
  int attempts_ = 0;
  std::string printed_;
};

TEST_F(ServiceTest, ADaemonServes) {
  DaemonSpace daemon;
  EXPECT_TRUE(ask(daemon));
  EXPECT_TRUE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "daemon\n");
  EXPECT_EQ(printed_, "");
}

TEST_F(ServiceTest, ADaemonThatDoesNotStartIsReplacedByAPrivateOne) {
  DaemonSpace daemon("broken");
  EXPECT_TRUE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "daemon\nprivate\n");
  EXPECT_THAT(printed_, testing::StartsWith("cbundle: note: the daemon did not start"));
  EXPECT_THAT(printed_, HasSubstr("the disk is on fire"));
}

TEST_F(ServiceTest, QuietPrintsNoReason) {
  DaemonSpace daemon("broken");
  EXPECT_TRUE(ask(daemon, true, true));
  EXPECT_EQ(printed_, "");
}

TEST_F(ServiceTest, AHungDaemonIsNotUsed) {
  DaemonSpace daemon("mute");
  patient_ = false;
  EXPECT_TRUE(ask(daemon));
  EXPECT_EQ(attempts_, 2);
  EXPECT_EQ(daemon.starts(), "daemon\nprivate\n");
  EXPECT_THAT(printed_, HasSubstr("no response"));
}

TEST_F(ServiceTest, ADaemonThatExitsIsReplaced) {
  DaemonSpace daemon("leaving");
  daemon.once();
  EXPECT_TRUE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "daemon\ndaemon\n");
  EXPECT_EQ(printed_, "");
}

TEST_F(ServiceTest, ADaemonThatAlwaysExitsIsTriedTwice) {
  DaemonSpace daemon("leaving");
  EXPECT_TRUE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "daemon\ndaemon\nprivate\n");
  EXPECT_THAT(printed_, HasSubstr("leaving"));
}

TEST_F(ServiceTest, ABusyDaemonOfAnotherVersionIsNotUsed) {
  DaemonSpace daemon("busy");  // nor waited for
  EXPECT_TRUE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "daemon\nprivate\n");
  EXPECT_THAT(printed_, HasSubstr("another version"));
}

TEST_F(ServiceTest, WithARequiredDaemonThereIsNoPrivateOne) {
  DaemonSpace daemon("broken");
  daemon.space.set("CBUNDLE_DAEMON", "required");
  const auto served = ask(daemon);
  ASSERT_FALSE(served);
  EXPECT_EQ(served.error().kind, ErrorKind::no_daemon);
  EXPECT_THAT(served.error().text(), HasSubstr("the disk is on fire"));
  EXPECT_EQ(daemon.starts(), "daemon\n");
}

TEST_F(ServiceTest, ARequiredDaemonIsStarted) {
  DaemonSpace daemon;
  daemon.space.set("CBUNDLE_DAEMON", "required");
  EXPECT_TRUE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "daemon\n");
}

TEST_F(ServiceTest, WithDaemonUseNeverAPrivateOneUsesTheCache) {
  DaemonSpace daemon;
  daemon.space.set("CBUNDLE_DAEMON", "never");
  EXPECT_TRUE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "private\n");
  EXPECT_EQ(printed_, "");
}

TEST_F(ServiceTest, WithTheCacheDisabledAPrivateDaemonUsesNone) {
  DaemonSpace daemon;
  daemon.space.set("CBUNDLE_DISABLE", "1");
  EXPECT_TRUE(ask(daemon));
  EXPECT_EQ(daemon.starts(), "private --no-cache\n");
}

TEST_F(ServiceTest, IfNoneMayBeStartedAPrivateDaemonServes) {
  DaemonSpace daemon;
  EXPECT_TRUE(ask(daemon, false));
  EXPECT_EQ(daemon.starts(), "private\n");
  EXPECT_EQ(printed_, "");
}

TEST_F(ServiceTest, IfNothingWorksTheLastErrorIsReturned) {
  DaemonSpace daemon("hopeless");
  const auto served = ask(daemon);
  ASSERT_FALSE(served);
  EXPECT_EQ(served.error().kind, ErrorKind::internal);
  EXPECT_THAT(served.error().text(), HasSubstr("the private daemon failed"));
}

TEST_F(ServiceTest, WithoutAProgramTheSearchedPathsAreListed) {
  DaemonSpace daemon;
  daemon.space.set("CBUNDLED", std::nullopt);
  daemon.space.set("PATH", daemon.space.path("bin"));
  const auto served = ask(daemon);
  ASSERT_FALSE(served);
  EXPECT_EQ(served.error().kind, ErrorKind::internal);
  EXPECT_THAT(served.error().text(), HasSubstr("tried " + daemon.space.path("bin/cbundled")));
  EXPECT_THAT(served.error().text(), HasSubstr("libexec/cbundle/cbundled"));
  EXPECT_EQ(printed_, "");
}

}  // namespace
}  // namespace cbundle
