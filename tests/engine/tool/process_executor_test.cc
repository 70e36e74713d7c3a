// Programs run as processes: what they are given, what comes back, and that none is left behind.
#include "engine/tool/process_executor.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <future>
#include <thread>

#include "engine/base/fd.h"
#include "engine/base/files.h"

namespace cbundle {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Command shell(const std::string& script) {
  return {"/bin/sh", {"-c", script}, "/", {"PATH=/usr/bin:/bin"}};
}

Exit run(const Command& command) {
  ProcessExecutor executor(1);
  const Result<Exit> result = executor.execute(command, {});
  if (result) return result.value();
  ADD_FAILURE() << result.error().text();
  return {};
}

Error failure_of(const Command& command) {
  ProcessExecutor executor(1);
  const Result<Exit> result = executor.execute(command, {});
  if (!result) return result.error();
  ADD_FAILURE() << "ran: " << result.value().output;
  return {ErrorKind::internal, ""};
}

// A pipe by name, which makes two processes wait for each other. Every open blocks until the
// other end is open too.
class Meeting {
 public:
  Meeting() : directory_(TemporaryDirectory::make("cbundle-test").value()) {
    EXPECT_EQ(::mkfifo(path().c_str(), 0600), 0);
  }
  std::string path() const { return (directory_.path() / "pipe").string(); }

  // What was written until the last writer closed its end.
  std::string read_to_end() const { return read_stream(path()).value(); }

 private:
  TemporaryDirectory directory_;
};

TEST(ProcessExecutorTest, OutputOfBothStreamsComesInItsOrder) {
  const Exit exit = run(shell("echo one; echo two >&2; echo three"));
  EXPECT_EQ(exit.status, 0);
  EXPECT_EQ(exit.output, "one\ntwo\nthree\n");
}

TEST(ProcessExecutorTest, TheStatusIsTheProgramsOwn) {
  EXPECT_EQ(run(shell("exit 7")).status, 7);
  EXPECT_EQ(run(shell("kill -SEGV $$")).status, 128 + SIGSEGV);
}

TEST(ProcessExecutorTest, TheProgramSeesTheGivenEnvironmentAndDirectoryAndNothingElse) {
  Command command{"/usr/bin/env", {}, "/", {"LANG=C.UTF-8", "A=b c"}};
  EXPECT_EQ(run(command).output, "LANG=C.UTF-8\nA=b c\n");
  command = shell("pwd; cat");
  command.directory = "/usr/bin";
  EXPECT_EQ(run(command).output, "/usr/bin\n");
}

TEST(ProcessExecutorTest, TheProgramInheritsNoDescriptor) {
  const Fd leak(::open("/dev/null", O_RDONLY));  // on purpose without O_CLOEXEC
  ASSERT_TRUE(leak);
  // The shell's own three, and the directory that ls reads.
  EXPECT_EQ(run(shell("ls /proc/self/fd")).output, "0\n1\n2\n3\n");
  EXPECT_EQ(run(shell("readlink /proc/self/fd/0")).output, "/dev/null\n");
}

TEST(ProcessExecutorTest, SignalsThatWeIgnoreOrBlockAreDefaultAgain) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked, old;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &old);
  EXPECT_EQ(run(shell("kill -PIPE $$; echo survived")).status, 128 + SIGPIPE);
  EXPECT_EQ(run(shell("kill -TERM $$; echo survived")).status, 128 + SIGTERM);
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  ::signal(SIGPIPE, before);
}

TEST(ProcessExecutorTest, MoreOutputThanAnyoneReadsIsCutAndSaidToBe) {
  const Exit exit = run(shell("head -c 3000000 /dev/zero | tr '\\0' x"));
  EXPECT_EQ(exit.status, 0);
  EXPECT_EQ(exit.output.find_first_not_of('x'), std::size_t{1} << 20);
  EXPECT_THAT(exit.output, HasSubstr("\n(1951424 more bytes of output left out)\n"));
}

TEST(ProcessExecutorTest, AMissingProgramSaysWhatToDo) {
  const Error error = failure_of({"/usr/bin/x-ld", {}, "/", {}});
  EXPECT_EQ(error.kind, ErrorKind::tool_failed);
  EXPECT_THAT(error.text(), StartsWith("cannot run /usr/bin/x-ld: No such file or directory\n"));
  EXPECT_THAT(error.text(), HasSubstr("--linker"));
}

TEST(ProcessExecutorTest, AMissingDirectoryIsNotBlamedOnTheProgram) {
  Command command = shell("true");
  command.directory = "/no/such/place";
  const Error error = failure_of(command);
  EXPECT_EQ(error.kind, ErrorKind::unavailable);
  EXPECT_EQ(error.text(), "cannot run a tool in /no/such/place: No such file or directory");
}

TEST(ProcessExecutorTest, AStopKillsTheProgramAndWhatItStarted) {
  const Meeting started, alive;
  ProcessExecutor executor(1);
  std::stop_source stop;
  // The inner sleep holds `alive` open until it is dead.
  const Command command =
      shell("(echo up > " + started.path() + "; sleep 1000) > " + alive.path() + " & wait");
  auto result =
      std::async(std::launch::async, [&] { return executor.execute(command, stop.get_token()); });
  auto death = std::async(std::launch::async, [&] { return alive.read_to_end(); });
  EXPECT_EQ(started.read_to_end(), "up\n");
  stop.request_stop();
  const Result<Exit> outcome = result.get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::cancelled);
  EXPECT_EQ(death.get(), "");
}

TEST(ProcessExecutorTest, WhatAProgramLeavesBehindIsKilledAndDoesNotHoldItUp) {
  const Meeting alive;
  auto death = std::async(std::launch::async, [&] { return alive.read_to_end(); });
  const Exit exit = run(shell("exec 3> " + alive.path() + "; sleep 1000 & echo done"));
  EXPECT_EQ(exit.status, 0);
  EXPECT_EQ(exit.output, "done\n");
  EXPECT_EQ(death.get(), "");
}

TEST(ProcessExecutorTest, AProgramThatIsStoppedBeforeItsTurnNeverRuns) {
  const Meeting busy;
  ProcessExecutor executor(1);
  auto first = std::async(std::launch::async, [&] {
    return executor.execute(shell("echo up > " + busy.path() + "; cat " + busy.path()), {});
  });
  EXPECT_EQ(busy.read_to_end(), "up\n");  // the only slot is taken now

  std::stop_source stop;
  auto second = std::async(std::launch::async, [&] {
    return executor.execute(shell("echo must not run > " + busy.path()), stop.get_token());
  });
  stop.request_stop();
  const Result<Exit> outcome = second.get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::cancelled);

  ASSERT_TRUE(write_file(busy.path(), "on"));
  EXPECT_EQ(first.get().value().output, "on");
}

TEST(ProcessExecutorTest, NoMoreProgramsRunAtOnceThanThereAreSlots) {
  const TemporaryDirectory place = TemporaryDirectory::make("cbundle-test").value();
  ProcessExecutor executor(2);
  // Two directories stand for the slots: a third program at the same time finds neither free.
  Command command = shell(
      "mkdir a 2>/dev/null && { ls >/dev/null; rmdir a; exit 0; }; "
      "mkdir b 2>/dev/null && { ls >/dev/null; rmdir b; exit 0; }; exit 1");
  command.directory = place.path();
  std::vector<std::future<Result<Exit>>> runs;
  for (int i = 0; i < 32; ++i) {
    runs.push_back(std::async(std::launch::async, [&] { return executor.execute(command, {}); }));
  }
  for (auto& one : runs) EXPECT_EQ(one.get().value().status, 0);
}

}  // namespace
}  // namespace cbundle
