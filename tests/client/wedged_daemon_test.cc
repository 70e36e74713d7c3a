// A daemon that is stopped: how a client finds that out, and what it leaves for the next.
#include "client/wedged_daemon.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/process.h"
#include "tests/client/test_space.h"

namespace cbundle {
namespace {

// A process that waits to be killed.
class Sleeper {
 public:
  Sleeper() : pid_(::fork()) {
    while (pid_ == 0) ::pause();
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  ~Sleeper() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }
  void stop() const {
    ::kill(pid_, SIGSTOP);
    ::waitpid(pid_, nullptr, WUNTRACED);
  }

 private:
  pid_t pid_;
};

class WedgedDaemonTest : public testing::Test {
 protected:
  WedgedDaemonTest() { paths_.wedged = space_.path("daemon.wedged"); }

  TestSpace space_;
  Paths paths_;
};

TEST_F(WedgedDaemonTest, TheWordHoldsWhileTheProcessDoesNothing) {
  EXPECT_FALSE(is_known_as_wedged(paths_));
  {
    const Sleeper process;
    process.stop();
    leave_word_of(paths_, process.pid());
    EXPECT_TRUE(is_known_as_wedged(paths_));
  }
  EXPECT_FALSE(is_known_as_wedged(paths_));  // the process has gone
  EXPECT_FALSE(space_.has("daemon.wedged"));
}

TEST_F(WedgedDaemonTest, AProcessThatHasWorkedSinceIsUsedAgain) {
  const ProcessState self = state_of_process(::getpid()).value();
  space_.write("daemon.wedged", std::to_string(::getpid()) + " " + std::to_string(self.started) +
                                    " " + std::to_string(self.cpu_time + 1000) + "\n");
  EXPECT_FALSE(is_known_as_wedged(paths_));
}

TEST_F(WedgedDaemonTest, ALinkInItsPlaceIsNotFollowed) {
  space_.write("precious", "keep me\n");
  std::filesystem::create_symlink(space_.path("precious"), paths_.wedged);
  leave_word_of(paths_, ::getpid());
  EXPECT_FALSE(is_known_as_wedged(paths_));
  EXPECT_EQ(space_.read("precious"), "keep me\n");
}

TEST_F(WedgedDaemonTest, AHeldLockIsKnownForAMinute) {
  EXPECT_FALSE(is_lock_known_as_held(paths_));
  leave_word_of_lock(paths_);
  EXPECT_TRUE(is_lock_known_as_held(paths_));
  space_.write("daemon.wedged-lock", "1000000000\n");
  EXPECT_FALSE(is_lock_known_as_held(paths_));
}

}  // namespace
}  // namespace cbundle
