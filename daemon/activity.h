// Which calls the daemon serves, and for how long it has served none.
#pragma once

#include <cstdint>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/guarded.h"

namespace cbundle {

class Activity {
 public:
  enum class Kind { build, other };

  // Counts as running while it lives.
  class Call {
   public:
    Call(Activity& activity, Kind kind);
    Call(Call&& other) noexcept
        : activity_(std::exchange(other.activity_, nullptr)), kind_(other.kind_) {}
    Call& operator=(Call&&) = delete;
    ~Call();

   private:
    Activity* activity_;
    Kind kind_;
  };

  // `clock` outlives this.
  explicit Activity(const Clock& clock = steady_clock())
      : clock_(clock), state_(State{0, 0, clock.now()}) {}

  Call begin(Kind kind) { return Call(*this, kind); }

  std::uint64_t calls() { return state_.lock()->calls; }  // of every kind
  std::uint64_t builds() { return state_.lock()->builds; }

  // Since the last call ended, or the daemon started; zero while a call runs.
  Clock::Duration idle_time();

 private:
  struct State {
    std::uint64_t calls;
    std::uint64_t builds;
    Clock::TimePoint last_end;
  };
  const Clock& clock_;
  Guarded<State> state_;
};

}  // namespace cbundle
