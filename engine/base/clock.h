// Steady time, and waiting for it, behind an interface so that tests of timers need not wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace cbundle {

// May be used from any thread.
class Clock {
 public:
  using Duration = std::chrono::steady_clock::duration;
  using TimePoint = std::chrono::steady_clock::time_point;

  virtual TimePoint now() const = 0;  // never goes back

  // Returns when `condition` is notified or `deadline` has passed, or earlier: check both again.
  virtual void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                          TimePoint deadline) const = 0;

 protected:
  ~Clock() = default;
};

// The system's. Never destroyed.
inline const Clock& steady_clock() {
  // NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): final, and never destroyed
  class SteadyClock final : public Clock {
   public:
    TimePoint now() const override { return std::chrono::steady_clock::now(); }
    void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                    TimePoint deadline) const override {
      condition.wait_until(lock, deadline);
    }
  };
  static constinit const SteadyClock clock;
  return clock;
}

}  // namespace cbundle
