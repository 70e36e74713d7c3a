// The thread that does what no caller should wait for, soon after there is a reason to.
//
// Asleep without a timer while there is none.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace cbundle {

class Housekeeper {
 public:
  struct Chores {
    std::function<void()> begin;       // once, first
    std::function<void()> checkpoint;  // at once
    std::function<void()> flush;       // a second after the reason came
    std::function<void()> tidy;        // when nothing was written for ten seconds
  };

  explicit Housekeeper(Chores chores);
  ~Housekeeper();  // waits for the chore that runs; what is due then is not done

  void checkpoint_soon();
  void flush_later();
  void tidy_when_idle();

  // For a long chore, to leave off: something came that should not wait for its end; it is over.
  bool is_wanted();
  bool is_stopping();

 private:
  using Clock = std::chrono::steady_clock;

  void loop();

  Chores chores_;

  // No Guarded<>: waiting on a condition needs the lock itself.
  std::mutex mutex_;
  std::condition_variable came_;
  bool stopping_ = false;
  bool checkpoint_ = false;
  std::optional<Clock::time_point> flush_at_;
  std::optional<Clock::time_point> tidy_at_;

  std::thread thread_;
};

}  // namespace cbundle
