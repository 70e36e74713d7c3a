// Connecting to the daemon and starting it.
#include "client/daemon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/client/daemon_space.h"
#include "tests/client/fake_server.h"

namespace cbundle {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;

bool serves(Connection& connection) {
  const auto ignore = [](std::string_view) { return true; };
  return connection.call("/cbundle.v1.AdminService/Status", "", ignore).is_ok();
}

// A bound socket; `backlog` below zero: nobody listens.
Fd bind_at(const std::string& path, int backlog) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(backlog < 0 ? 0 : ::listen(socket.get(), backlog), 0);
  return socket;
}

TEST(DaemonTest, WithoutASocketNoDaemonIsRunning) {
  const DaemonSpace daemon;
  const auto reached = connect_to_daemon(daemon.environment());
  ASSERT_FALSE(reached);
  EXPECT_EQ(reached.error().kind, ErrorKind::no_daemon);
  EXPECT_THAT(reached.error().text(), HasSubstr(daemon.space.path("run/daemon.sock")));
}

TEST(DaemonTest, WithAStaleSocketNoDaemonIsRunning) {
  const DaemonSpace daemon;
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0700), 0);
  { const Fd stale = bind_at(daemon.space.path("run/daemon.sock"), -1); }
  EXPECT_EQ(connect_to_daemon(daemon.environment()).error().kind, ErrorKind::no_daemon);
}

TEST(DaemonTest, ConnectingToABusyDaemonTimesOut) {
  const DaemonSpace daemon;
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0700), 0);
  const Fd listener = bind_at(daemon.space.path("run/daemon.sock"), 0);
  const auto first = connect_to_daemon(daemon.environment());  // fills the backlog
  DaemonTimeouts timeouts;
  timeouts.connect = milliseconds(10);
  const auto second = connect_to_daemon(daemon.environment(), timeouts);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(second.error().text(), HasSubstr("accepts no connections"));
}

TEST(DaemonTest, ADaemonIsStartedOnceAndThenFound) {
  const DaemonSpace daemon;
  auto started = connect_or_start(daemon.environment());
  ASSERT_TRUE(started) << started.error().text();
  EXPECT_TRUE(serves(*started.value()));
  auto found = connect_or_start(daemon.environment());
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_TRUE(serves(*found.value()));
  EXPECT_EQ(daemon.starts(), "daemon\n");
}

TEST(DaemonTest, TheSocketsDirectoryIsPrivate) {
  const DaemonSpace daemon;
  ASSERT_TRUE(connect_or_start(daemon.environment()));
  struct stat info {};
  ASSERT_EQ(::stat(daemon.space.path("run").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700U);
}

TEST(DaemonTest, OfManyClientsOneStartsTheDaemon) {
  const DaemonSpace daemon;
  const Environment environment = daemon.environment();
  std::atomic<int> connected = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 16; ++i) {
      clients.emplace_back([&] { connected += connect_or_start(environment) ? 1 : 0; });
    }
  }
  EXPECT_EQ(connected, 16);
  EXPECT_EQ(daemon.starts(), "daemon\n");
}

TEST(DaemonTest, AFailedStartQuotesTheDaemonsLog) {
  const DaemonSpace daemon("broken");
  const auto reached = connect_or_start(daemon.environment());
  ASSERT_FALSE(reached);
  EXPECT_THAT(reached.error().text(),
              AllOf(HasSubstr("did not start"), HasSubstr("the disk is on fire"),
                    HasSubstr(daemon.space.path("run/daemon.log"))));
}

TEST(DaemonTest, OnlyNewLinesOfTheLogAreQuoted) {
  const DaemonSpace daemon("broken");
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0700), 0);
  daemon.space.write("run/daemon.log", "yesterday's news\n");
  const auto reached = connect_or_start(daemon.environment());
  EXPECT_THAT(reached.error().text(), HasSubstr("the disk is on fire"));
  EXPECT_EQ(reached.error().text().find("yesterday"), std::string::npos);
  EXPECT_THAT(daemon.space.read("run/daemon.log"), HasSubstr("yesterday"));
}

TEST(DaemonTest, ALogAboveOneMebibyteIsTruncated) {
  const DaemonSpace daemon("broken");
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0700), 0);
  daemon.space.write("run/daemon.log", std::string((1 << 20) + 1, 'x'));
  EXPECT_THAT(connect_or_start(daemon.environment()).error().text(),
              HasSubstr("the disk is on fire"));
  EXPECT_EQ(daemon.space.read("run/daemon.log"), "cannot open the cache:\nthe disk is on fire\n");
}

TEST(DaemonTest, AMissingProgramIsNamed) {
  DaemonSpace daemon;
  daemon.space.set("CBUNDLED", "/nowhere/cbundled");
  EXPECT_THAT(connect_or_start(daemon.environment()).error().text(),
              AllOf(HasSubstr("CBUNDLED names /nowhere/cbundled"), HasSubstr("No such file")));
}

TEST(DaemonTest, ADirectoryThatOthersCanWriteIsRefused) {
  const DaemonSpace daemon;
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0700), 0);
  ASSERT_EQ(::chmod(daemon.space.path("run").c_str(), 0777), 0);
  const auto reached = connect_or_start(daemon.environment());
  ASSERT_FALSE(reached);
  EXPECT_THAT(reached.error().text(), HasSubstr("is writable by others"));
  EXPECT_EQ(daemon.starts(), "");
}

// Runs `act` as that user, in a process of its own; its status.
int status_as(uid_t user, const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::setresuid(user, user, user) == 0 ? act() : 100);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// As systemd does for a system unit: the socket is root's, its file the user's.
TEST(DaemonTest, ASocketOfRootsServesItsUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be another user";
  const DaemonSpace daemon;
  constexpr uid_t user = 12345;
  ASSERT_EQ(::chmod(daemon.space.path("").c_str(), 0755), 0);
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0755), 0);
  const Fd listener = bind_at(daemon.space.path("run/daemon.sock"), 1);
  ASSERT_EQ(::chown(daemon.space.path("run/daemon.sock").c_str(), user, user), 0);
  EXPECT_EQ(status_as(user, [&] { return connect_to_daemon(daemon.environment()) ? 0 : 1; }), 0);
}

TEST(DaemonTest, ADaemonOfAnotherUserIsNotUsed) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be another user";
  const DaemonSpace daemon;
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0700), 0);
  const Fd listener = bind_at(daemon.space.path("run/daemon.sock"), -1);
  // The socket is theirs who call listen.
  ASSERT_EQ(status_as(12345, [&] { return ::listen(listener.get(), 1); }), 0);
  const auto reached = connect_or_start(daemon.environment());
  ASSERT_FALSE(reached);
  EXPECT_EQ(reached.error().kind, ErrorKind::bad_request);
  EXPECT_THAT(reached.error().text(), HasSubstr("is served by another user, 12345"));
}

TEST(DaemonTest, WaitingForAnotherClientsStartTimesOut) {
  const DaemonSpace daemon;
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0700), 0);
  const Fd lock(
      ::open(daemon.space.path("run/daemon.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(::flock(lock.get(), LOCK_EX), 0);
  DaemonTimeouts timeouts;
  timeouts.start = milliseconds(5);
  timeouts.connect = milliseconds(5);
  EXPECT_THAT(connect_or_start(daemon.environment(), timeouts).error().text(),
              HasSubstr("another client holds"));
}

TEST(DaemonTest, WaitingForAStartedDaemonTimesOut) {
  const DaemonSpace daemon("sleepy");
  DaemonTimeouts timeouts;
  timeouts.start = milliseconds(5);
  EXPECT_THAT(
      connect_or_start(daemon.environment(), timeouts).error().text(),
      "the daemon was not ready after 5 ms\n  see its log, " + daemon.space.path("run/daemon.log"));
}

TEST(DaemonTest, TheDaemonInheritsNothing) {
  DaemonSpace daemon;
  daemon.space.write("prober",
                     "#!/bin/sh\n"
                     "{ echo \"$@\"; pwd; echo \"make: $MAKEFLAGS\"\n"
                     "  ls /proc/$$/fd/77 || echo closed\n"
                     "  readlink /proc/$$/fd/0 /proc/$$/fd/1\n"
                     "  [ $(ps -o sid= -p $$) -eq $$ ] && echo own session\n"
                     "} >" +
                         daemon.space.path("seen") + " 2>/dev/null\n");
  ASSERT_EQ(::chmod(daemon.space.path("prober").c_str(), 0755), 0);
  daemon.space.set("CBUNDLED", daemon.space.path("prober"));
  daemon.space.set("MAKEFLAGS", "-j8 --jobserver-auth=77,77");
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Fd inherited(::dup2(null.get(), 77));  // as make's job server is
  ASSERT_TRUE(inherited);
  EXPECT_FALSE(connect_or_start(daemon.environment()));  // the prober is not a daemon
  EXPECT_THAT(
      daemon.space.read("seen"),
      testing::MatchesRegex("--socket .*/run/daemon.sock --cache-dir .*/cache --ready-fd 3\n"
                            "/\nmake: \nclosed\n/dev/null\n.*/seen\nown session\n"));
}

}  // namespace
}  // namespace cbundle
