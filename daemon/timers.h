// The timers of the daemon's loop: idle exit, watchdog, and the limit of a drain.
#pragma once

#include <chrono>
#include <optional>

#include "daemon/activity.h"
#include "engine/base/clock.h"

namespace cbundle {

// For one thread. What is referred to outlives this.
class Timers {
 public:
  // The loop wakes up this often at least, to return freed memory.
  static constexpr std::chrono::minutes max_wait{1};

  // `idle_exit`: 0 for never. `watchdog`: at most this long between two wake-ups.
  Timers(Activity& activity, std::chrono::seconds idle_exit,
         std::optional<std::chrono::microseconds> watchdog, const Clock& clock = steady_clock())
      : activity_(activity), idle_exit_(idle_exit), watchdog_(watchdog), clock_(clock) {}

  // How long the loop may wait for an event; rounded up, so that the timer is due after that.
  std::chrono::milliseconds until_next();

  bool is_idle_exit_due();

  // From now on there is no idle exit; the drain is overdue after `limit`.
  void start_drain(std::chrono::seconds limit) { drain_end_ = clock_.now() + limit; }
  bool is_drain_overdue() const { return drain_end_ && clock_.now() >= *drain_end_; }

 private:
  Activity& activity_;
  std::chrono::seconds idle_exit_;
  std::optional<std::chrono::microseconds> watchdog_;
  const Clock& clock_;
  std::optional<Clock::TimePoint> drain_end_;
};

}  // namespace cbundle
