// A clock that stands still until a test moves it.
#pragma once

#include <atomic>
#include <chrono>

#include "engine/base/clock.h"

namespace cbundle {

class FakeClock final : public Clock {
 public:
  TimePoint now() const override { return TimePoint(Duration(elapsed_.load())); }

  // A waiting thread looks at the time again every millisecond, so advance() need not wake it.
  void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                  TimePoint) const override {
    condition.wait_for(lock, std::chrono::milliseconds(1));
  }

  void advance(Duration by) { elapsed_ += by.count(); }

 private:
  std::atomic<Duration::rep> elapsed_ = 0;
};

}  // namespace cbundle
