// Reaching the daemon: connecting, starting it, and what keeps one from that.
#include "client/daemon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

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
Descriptor bind_at(const std::string& path, int backlog) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(backlog < 0 ? 0 : ::listen(socket.get(), backlog), 0);
  return socket;
}

TEST(DaemonTest, WithoutASocketNobodyIsThere) {
  const DaemonSpace daemon;
  const Reached reached = connect_to_daemon(daemon.environment());
  EXPECT_FALSE(reached.connection);
  EXPECT_TRUE(reached.nobody);
  EXPECT_THAT(reached.cause, HasSubstr(daemon.space.path("run/daemon.sock")));
}

TEST(DaemonTest, BehindAStaleSocketNobodyIsThere) {
  const DaemonSpace daemon;
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0700), 0);
  { const Descriptor stale = bind_at(daemon.space.path("run/daemon.sock"), -1); }
  EXPECT_TRUE(connect_to_daemon(daemon.environment()).nobody);
}

TEST(DaemonTest, ADaemonThatTakesNoConnectionsIsNotWaitedForForEver) {
  const DaemonSpace daemon;
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0700), 0);
  const Descriptor listener = bind_at(daemon.space.path("run/daemon.sock"), 0);
  const Reached first = connect_to_daemon(daemon.environment());  // fills the backlog
  DaemonPatience patience;
  patience.connecting = milliseconds(10);
  const Reached second = connect_to_daemon(daemon.environment(), patience);
  EXPECT_FALSE(second.connection);
  EXPECT_FALSE(second.nobody);
  EXPECT_THAT(second.cause, HasSubstr("takes no connections"));
}

TEST(DaemonTest, ADaemonIsStartedOnceAndThenFound) {
  const DaemonSpace daemon;
  Reached started = connect_or_start(daemon.environment());
  ASSERT_TRUE(started.connection) << started.cause;
  EXPECT_TRUE(serves(*started.connection));
  Reached found = connect_or_start(daemon.environment());
  ASSERT_TRUE(found.connection) << found.cause;
  EXPECT_TRUE(serves(*found.connection));
  EXPECT_EQ(daemon.starts(), "daemon\n");
}

TEST(DaemonTest, TheSocketsDirectoryIsPrivate) {
  const DaemonSpace daemon;
  ASSERT_TRUE(connect_or_start(daemon.environment()).connection);
  struct stat info {};
  ASSERT_EQ(::stat(daemon.space.path("run").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700U);
}

TEST(DaemonTest, OfManyClientsAtOnceOneStartsTheDaemon) {
  const DaemonSpace daemon;
  const Environment environment = daemon.environment();
  std::vector<Reached> reached(16);
  {
    std::vector<std::jthread> clients;
    for (Reached& each : reached) {
      clients.emplace_back([&] { each = connect_or_start(environment); });
    }
  }
  for (const Reached& each : reached) EXPECT_TRUE(each.connection) << each.cause;
  EXPECT_EQ(daemon.starts(), "daemon\n");
}

TEST(DaemonTest, AStartThatFailsTellsTheDaemonsWordsAndItsLog) {
  const DaemonSpace daemon("broken");
  const Reached reached = connect_or_start(daemon.environment());
  EXPECT_FALSE(reached.connection);
  EXPECT_THAT(reached.cause, AllOf(HasSubstr("did not start"), HasSubstr("the disk is on fire"),
                                   HasSubstr(daemon.space.path("run/daemon.log"))));
}

TEST(DaemonTest, OnlyWhatTheDaemonSaidThisTimeIsTold) {
  const DaemonSpace daemon("broken");
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0700), 0);
  daemon.space.write("run/daemon.log", "yesterday's news\n");
  const Reached reached = connect_or_start(daemon.environment());
  EXPECT_THAT(reached.cause, HasSubstr("the disk is on fire"));
  EXPECT_EQ(reached.cause.find("yesterday"), std::string::npos);
  EXPECT_THAT(daemon.space.read("run/daemon.log"), HasSubstr("yesterday"));
}

TEST(DaemonTest, ALogThatHasGrownIsBegunAnew) {
  const DaemonSpace daemon("broken");
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0700), 0);
  daemon.space.write("run/daemon.log", std::string((1 << 20) + 1, 'x'));
  EXPECT_THAT(connect_or_start(daemon.environment()).cause, HasSubstr("the disk is on fire"));
  EXPECT_EQ(daemon.space.read("run/daemon.log"), "cannot open the cache:\nthe disk is on fire\n");
}

TEST(DaemonTest, AProgramThatIsNotThereIsNamed) {
  DaemonSpace daemon;
  daemon.space.set("CBUNDLED", "/nowhere/cbundled");
  EXPECT_THAT(connect_or_start(daemon.environment()).cause,
              AllOf(HasSubstr("CBUNDLED names /nowhere/cbundled"), HasSubstr("No such file")));
}

TEST(DaemonTest, ADirectoryThatOthersCanWriteIsRefused) {
  const DaemonSpace daemon;
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0700), 0);
  ASSERT_EQ(::chmod(daemon.space.path("run").c_str(), 0777), 0);
  const Reached reached = connect_or_start(daemon.environment());
  EXPECT_FALSE(reached.connection);
  EXPECT_THAT(reached.cause, HasSubstr("can be written by others"));
  EXPECT_EQ(daemon.starts(), "");
}

TEST(DaemonTest, ADaemonOfAnotherUserIsNotTalkedTo) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be another user";
  const DaemonSpace daemon;
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0700), 0);
  const Descriptor listener = bind_at(daemon.space.path("run/daemon.sock"), -1);
  const pid_t child = ::fork();  // the socket is theirs who call listen
  if (child == 0) ::_exit(::setresuid(12345, 12345, 12345) + ::listen(listener.get(), 1));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  const Reached reached = connect_or_start(daemon.environment());
  EXPECT_FALSE(reached.connection);
  EXPECT_TRUE(reached.alarming);
  EXPECT_FALSE(reached.nobody);
  EXPECT_THAT(reached.cause, HasSubstr("served by user 12345, not by us"));
}

TEST(DaemonTest, AStarterThatHangsIsNotWaitedForForEver) {
  const DaemonSpace daemon;
  ASSERT_EQ(::mkdir(daemon.space.path("run").c_str(), 0700), 0);
  const Descriptor lock(
      ::open(daemon.space.path("run/daemon.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(::flock(lock.get(), LOCK_EX), 0);
  DaemonPatience patience;
  patience.starting = milliseconds(5);
  patience.connecting = milliseconds(5);
  EXPECT_THAT(connect_or_start(daemon.environment(), patience).cause,
              HasSubstr("another client holds"));
}

TEST(DaemonTest, ADaemonThatDoesNotGetReadyIsNotWaitedForForEver) {
  const DaemonSpace daemon("sleepy");
  DaemonPatience patience;
  patience.starting = milliseconds(5);
  EXPECT_THAT(connect_or_start(daemon.environment(), patience).cause,
              AllOf(HasSubstr("not ready after 5 ms"), HasSubstr("it said nothing")));
}

TEST(DaemonTest, TheDaemonGetsNothingOfItsStarter) {
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
  const Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Descriptor inherited(::dup2(null.get(), 77));  // as make's job server is
  ASSERT_TRUE(inherited);
  connect_or_start(daemon.environment());
  EXPECT_THAT(
      daemon.space.read("seen"),
      testing::MatchesRegex("--socket .*/run/daemon.sock --cache-dir .*/cache --ready-fd 3\n"
                            "/\nmake: \nclosed\n/dev/null\n.*/seen\nown session\n"));
}

}  // namespace
}  // namespace cbundle
