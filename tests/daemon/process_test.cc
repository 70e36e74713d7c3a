// The real program: how it starts, serves, and exits.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grpcpp/create_channel_posix.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "cbundle/v1/admin.grpc.pb.h"
#include "engine/base/fd.h"
#include "tests/support/test_space.h"

namespace cbundle {
namespace {

using ::testing::HasSubstr;

// Tests are built into tests/, programs into bin/ beside it.
std::string program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../bin/cbundled";
}

struct Pipe {
  Fd reading;
  Fd writing;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

// Until the last writer closes.
std::string read_to_end(const Fd& fd) {
  std::string text;
  std::array<char, 4096> piece;
  for (;;) {
    const ssize_t got = ::read(fd.get(), piece.data(), piece.size());
    if (got <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

class Process {
 public:
  // `third` becomes descriptor 3, `fourth` 4.
  Process(std::vector<std::string> command, const std::string& log, int third, int fourth = -1) {
    command.insert(command.begin(), program());
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                       0600);
    ::posix_spawn_file_actions_adddup2(&actions, third, 3);
    if (fourth >= 0) ::posix_spawn_file_actions_adddup2(&actions, fourth, 4);
    EXPECT_EQ(::posix_spawn(&pid_, program().c_str(), &actions, nullptr, arguments.data(), environ),
              0);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    if (pid_ > 0) wait();
  }

  pid_t pid() const { return pid_; }
  void kill(int signal) const { ::kill(pid_, signal); }

  // Its exit status, or 128 + the signal that ended it.
  int wait() {
    int status = 0;
    EXPECT_EQ(::waitpid(std::exchange(pid_, -1), &status, 0) > 0, true);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
};

class ProcessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(program())) GTEST_SKIP() << program() << " is not built";
  }

  std::vector<std::string> command(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{"--socket",       socket_,      "--cache-dir",
                                 space_ / "cache", "--ready-fd", "3"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  // Starts a daemon and waits; `output`: what it wrote to its ready descriptor.
  std::unique_ptr<Process> start(std::string& output, const std::vector<std::string>& more = {}) {
    Pipe ready = make_pipe();
    auto process = std::make_unique<Process>(command(more), log_, ready.writing.get());
    ready.writing = Fd();
    output = read_to_end(ready.reading);
    return process;
  }

  bool can_connect() const {
    const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_.copy(address.sun_path, sizeof address.sun_path - 1);
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  std::string log() const { return space_.read("log"); }

  TestSpace space_;
  std::string socket_ = space_ / "run/daemon.sock";
  std::string log_ = space_ / "log";
};

TEST_F(ProcessTest, ReportsThatItServesAndASignalStopsIt) {
  std::string output;
  const auto daemon = start(output);
  EXPECT_EQ(output, "ready\n") << log();
  EXPECT_TRUE(can_connect());
  daemon->kill(SIGTERM);
  EXPECT_EQ(daemon->wait(), 0);
  EXPECT_FALSE(std::filesystem::exists(socket_));
  EXPECT_THAT(log(), HasSubstr("shutting down: SIGTERM"));
}

TEST_F(ProcessTest, ASecondOneIsNotNeededAndDoesNotDisturbTheFirst) {
  std::string output;
  const auto first = start(output);
  const auto second = start(output);
  EXPECT_EQ(output, "");
  EXPECT_EQ(second->wait(), 3);
  EXPECT_THAT(log(), HasSubstr("another daemon serves " + socket_));
  EXPECT_TRUE(can_connect());
}

TEST_F(ProcessTest, AfterACrashTheNextOneTakesOver) {
  std::string output;
  const auto first = start(output);
  first->kill(SIGKILL);
  EXPECT_EQ(first->wait(), 128 + SIGKILL);
  EXPECT_TRUE(std::filesystem::exists(socket_));
  EXPECT_FALSE(can_connect());
  const auto second = start(output);
  EXPECT_EQ(output, "ready\n") << log();
  EXPECT_TRUE(can_connect());
}

TEST_F(ProcessTest, ExitsWhenItHasBeenIdle) {
  std::string output;
  const auto daemon = start(output, {"--idle-exit", "1"});
  EXPECT_EQ(daemon->wait(), 0);
  EXPECT_THAT(log(), HasSubstr("shutting down: idle"));
  EXPECT_FALSE(std::filesystem::exists(socket_));
}

TEST_F(ProcessTest, KeepsNothingOfItsCallers) {
  Pipe ready = make_pipe();
  Pipe jobs = make_pipe();  // make's job server, say
  const Process daemon(command(), log_, ready.writing.get(), jobs.writing.get());
  ready.writing = Fd();
  jobs.writing = Fd();
  EXPECT_EQ(read_to_end(ready.reading), "ready\n");
  EXPECT_EQ(read_to_end(jobs.reading), "");  // ends, although the daemon runs
  const std::string process = "/proc/" + std::to_string(daemon.pid());
  EXPECT_EQ(std::filesystem::read_symlink(process + "/cwd"), "/");
  EXPECT_EQ(std::filesystem::read_symlink(process + "/fd/0"), "/dev/null");
  EXPECT_EQ(::getsid(daemon.pid()), daemon.pid());
}

TEST_F(ProcessTest, AWrongSettingIsReportedWithStatusTwo) {
  std::string output;
  const auto daemon = start(output, {"--jobs", "many"});
  EXPECT_EQ(output, "");
  EXPECT_EQ(daemon->wait(), 2);
  EXPECT_EQ(log(), "cbundled: --jobs: invalid value 'many' (use a whole number)\n");
}

TEST_F(ProcessTest, AnErrorAndItsHintAreOneLineOfTheLog) {
  std::string output;
  const auto daemon = start(output, {"--jbos", "1"});
  EXPECT_EQ(daemon->wait(), 2);
  EXPECT_EQ(log(), "cbundled: unknown option '--jbos'; did you mean '--jobs'?\n");
}

TEST_F(ProcessTest, ASocketThatCannotBeBoundIsReportedWithStatusOne) {
  space_.write("run", "a file where a directory should be");
  std::string output;
  const auto daemon = start(output);
  EXPECT_EQ(daemon->wait(), 1);
  EXPECT_THAT(log(), HasSubstr((space_ / "run").string()));
}

class PrivateDaemonTest : public ProcessTest {
 protected:
  void SetUp() override {
    ProcessTest::SetUp();
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()), 0);
    theirs_ = Fd(ends_[1]);
    ours_ = Fd(ends_[0]);
  }
  Process start_private() {
    return Process({"--private", "--no-cache", "--cache-dir", space_ / "cache"}, log_,
                   theirs_.get());
  }

  std::array<int, 2> ends_{};
  Fd theirs_;
  Fd ours_;
};

TEST_F(PrivateDaemonTest, ServesItsConnectionAndExitsWithIt) {
  Process process = start_private();
  theirs_ = Fd();
  ::fcntl(ours_.get(), F_SETFL, O_NONBLOCK);
  {
    const auto channel = grpc::CreateInsecureChannelFromFd("cbundled", ours_.release());
    grpc::ClientContext context;
    v1::StatusResponse status;
    const auto answer =
        v1::AdminService::NewStub(channel)->Status(&context, v1::StatusRequest(), &status);
    ASSERT_TRUE(answer.ok()) << answer.error_message();
    EXPECT_EQ(status.pid(), process.pid());
  }
  EXPECT_EQ(process.wait(), 0);
  EXPECT_EQ(log(), "");
  EXPECT_FALSE(std::filesystem::exists(space_ / "cache"));
}

TEST_F(PrivateDaemonTest, ExitsWhenItsClientHasExited) {
  ours_ = Fd();
  Process process = start_private();
  EXPECT_EQ(process.wait(), 0);
}

TEST_F(PrivateDaemonTest, RequiresASocketOnDescriptorThree) {
  theirs_ = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Process process = start_private();
  EXPECT_EQ(process.wait(), 2);
  EXPECT_EQ(log(), "cbundled: --private: descriptor 3 is not a connected Unix socket\n");
}

}  // namespace
}  // namespace cbundle
