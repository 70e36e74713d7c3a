// What /proc tells of a process.
#include "engine/base/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "engine/base/fd.h"

namespace cbundle {
namespace {

// `cat -- - --private` with one variable, which waits for its input.
class ProcessTest : public testing::Test {
 protected:
  ProcessTest() {
    std::array<int, 2> input{};
    std::array<int, 2> started{};
    EXPECT_EQ(::pipe2(input.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(started.data(), O_CLOEXEC), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(input[0], STDIN_FILENO);
      std::array<char*, 2> environment{variable_.data(), nullptr};
      ::execle("/bin/cat", "cat", "--", "-", "--private", nullptr, environment.data());
      ::_exit(1);
    }
    ::close(input[0]);
    ::close(started[1]);
    input_ = Fd(input[1]);
    const Fd wait(started[0]);
    char byte = 0;
    EXPECT_EQ(::read(wait.get(), &byte, 1), 0);  // closed by exec
  }
  ~ProcessTest() override {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  pid_t pid_ = -1;
  Fd input_;
  std::string variable_ = "NAME=value";
};

TEST_F(ProcessTest, HasANameArgumentsAndVariables) {
  EXPECT_EQ(name_of_process(pid_), "cat");
  EXPECT_FALSE(is_own_cbundled(pid_));
  for (const char* argument : {"cat", "-", "--private"}) {
    EXPECT_TRUE(has_argument(pid_, argument)) << argument;
  }
  for (const char* other : {"--priv", "private", "--private2", "NAME=value"}) {
    EXPECT_FALSE(has_argument(pid_, other)) << other;
  }
  EXPECT_TRUE(has_variable(pid_, "NAME=value"));
  EXPECT_FALSE(has_variable(pid_, "NAME=val"));
  EXPECT_FALSE(has_variable(pid_, "NAME"));
}

TEST_F(ProcessTest, IsStoppedByASignal) {
  EXPECT_FALSE(state_of_process(pid_)->is_stopped);
  ::kill(pid_, SIGSTOP);
  ::waitpid(pid_, nullptr, WUNTRACED);
  EXPECT_TRUE(state_of_process(pid_)->is_stopped);
}

TEST_F(ProcessTest, HasNoStateWhenKilledThoughNobodyHasWaitedForIt) {
  ASSERT_TRUE(state_of_process(pid_));
  ::kill(pid_, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(state_of_process(pid_));
}

TEST_F(ProcessTest, OfOneThatIsNotThereNothingIsKnown) {
  EXPECT_FALSE(state_of_process(0));
  EXPECT_EQ(name_of_process(0), "");
  EXPECT_FALSE(is_own_cbundled(0));
  EXPECT_FALSE(has_argument(0, "cat"));
  EXPECT_FALSE(has_variable(0, "NAME=value"));
}

}  // namespace
}  // namespace cbundle
