#include "daemon/timers.h"

#include <algorithm>

namespace cbundle {

std::chrono::milliseconds Timers::until_next() {
  Clock::Duration wait = max_wait;
  if (watchdog_) wait = std::min<Clock::Duration>(wait, *watchdog_);
  if (drain_end_) {
    if (!is_drain_overdue()) wait = std::min(wait, *drain_end_ - clock_.now());
  } else if (idle_exit_.count() > 0) {
    wait = std::clamp(idle_exit_ - activity_.idle_time(), Clock::Duration::zero(), wait);
  }
  return std::chrono::ceil<std::chrono::milliseconds>(wait);
}

bool Timers::is_idle_exit_due() {
  return !drain_end_ && idle_exit_.count() > 0 && activity_.idle_time() >= idle_exit_;
}

}  // namespace cbundle
