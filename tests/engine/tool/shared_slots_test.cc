// Processes share slots, and nobody waits for one without end.
#include "engine/tool/shared_slots.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <memory>

#include "tests/support/fake_clock.h"
#include "tests/support/test_space.h"

namespace cbundle {
namespace {

using Wait = SharedSlots::Wait;

// As a fake clock that is moved when it has been read once.
class JumpingClock final : public Clock {
 public:
  explicit JumpingClock(Duration jump) : jump_(jump) {}
  TimePoint now() const override {
    return TimePoint(was_read_.exchange(true) ? jump_ : Duration());
  }
  void wait_until(std::unique_lock<std::mutex>&, std::condition_variable&,
                  TimePoint) const override {}

 private:
  const Duration jump_;
  mutable std::atomic<bool> was_read_ = false;
};

class SharedSlotsTest : public testing::Test {
 protected:
  ~SharedSlotsTest() override {
    if (other_ > 0) end_other();
  }

  Fd open() const {
    return Fd(::open((space_ / "slots").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  }

  // Another process that holds slots 0 to `count` - 1.
  void hold_in_other_process(int count) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const Fd file = open();
    other_ = ::fork();
    if (other_ == 0) {
      struct flock lock {};
      lock.l_type = F_WRLCK;
      lock.l_len = count;
      const char byte = ::fcntl(file.get(), F_SETLK, &lock) == 0 ? 'y' : 'n';
      [[maybe_unused]] const ssize_t put = ::write(ready[1], &byte, 1);
      for (;;) ::pause();
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    ASSERT_EQ(byte, 'y');
    ::close(ready[0]);
    ::close(ready[1]);
  }

  void end_other() {
    ::kill(other_, SIGKILL);
    ::waitpid(other_, nullptr, 0);
    other_ = -1;
  }

  TestSpace space_;
  FakeClock clock_;
  pid_t other_ = -1;
};

TEST_F(SharedSlotsTest, ASlotOfAProcessThatEndsIsFree) {
  hold_in_other_process(2);
  SharedSlots slots(open(), 2, Wait::yes, clock_);
  auto waiting = std::async(std::launch::async, [&] { return bool(slots.take({})); });
  end_other();
  EXPECT_TRUE(waiting.get());
}

TEST_F(SharedSlotsTest, AsManyAreGivenOutAsThereAre) {
  hold_in_other_process(1);
  SharedSlots slots(open(), 2, Wait::no, clock_);
  const auto mine = slots.take({});
  EXPECT_TRUE(mine);
  EXPECT_FALSE(slots.take({}));  // at once, and without one
}

TEST_F(SharedSlotsTest, AfterAWhileAsManyMoreAreGivenOut) {
  hold_in_other_process(2);
  const JumpingClock clock(SharedSlots::patience);
  SharedSlots slots(open(), 2, Wait::yes, clock);
  EXPECT_TRUE(slots.take({}));
}

TEST_F(SharedSlotsTest, NobodyWaitsForEver) {
  hold_in_other_process(4);
  const JumpingClock clock(SharedSlots::max_wait);
  SharedSlots slots(open(), 2, Wait::yes, clock);
  EXPECT_FALSE(slots.take({}));
}

TEST_F(SharedSlotsTest, ASlotOfAStoppedProcessIsNotWaitedFor) {
  hold_in_other_process(2);
  ::kill(other_, SIGSTOP);
  ::waitpid(other_, nullptr, WUNTRACED);
  SharedSlots slots(open(), 2, Wait::yes, clock_);
  EXPECT_FALSE(slots.take({}));
}

TEST_F(SharedSlotsTest, AWaitEndsWithAStop) {
  hold_in_other_process(4);
  SharedSlots slots(open(), 2, Wait::yes, clock_);
  std::stop_source stop;
  auto waiting = std::async(std::launch::async, [&] { return bool(slots.take(stop.get_token())); });
  stop.request_stop();
  EXPECT_FALSE(waiting.get());
}

TEST_F(SharedSlotsTest, WithoutAFileThereIsNoLimit) {
  SharedSlots slots(Fd(), 1, Wait::yes, clock_);
  EXPECT_FALSE(slots.take({}));
}

}  // namespace
}  // namespace cbundle
