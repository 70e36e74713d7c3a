// Whether a remote is used: not until it has answered, nor for a time after it has failed.
#pragma once

#include <algorithm>
#include <chrono>

#include "engine/base/clock.h"

namespace cbundle {

// For one thread at a time. `clock` outlives this.
class CircuitBreaker {
 public:
  static constexpr std::chrono::seconds first_pause{5};
  static constexpr std::chrono::seconds longest_pause{60};

  explicit CircuitBreaker(const Clock& clock) : clock_(clock), retry_at_(clock.now()) {}

  bool is_closed() const { return is_closed_; }
  bool is_open() const { return has_tried_ && !is_closed_; }
  bool has_tried() const { return has_tried_; }  // whether it is known what the remote does

  // Whether the remote should be asked now if it answers again.
  bool is_probe_due() const { return !is_closed_ && clock_.now() >= retry_at_; }
  Clock::Duration pause_left() const { return retry_at_ - clock_.now(); }

  void succeeded() {
    has_tried_ = is_closed_ = true;
    pause_ = first_pause;
  }

  // Each failure of a probe doubles the pause. Of calls that fail together, one counts.
  void failed() {
    if (is_open() && clock_.now() < retry_at_) return;
    has_tried_ = true;
    is_closed_ = false;
    retry_at_ = clock_.now() + pause_;
    pause_ = std::min(2 * pause_, longest_pause);
  }

 private:
  const Clock& clock_;
  bool has_tried_ = false;
  bool is_closed_ = false;
  std::chrono::seconds pause_ = first_pause;
  Clock::TimePoint retry_at_;
};

}  // namespace cbundle
