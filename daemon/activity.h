// What the daemon is doing, and since when it has been doing nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

#include "engine/base/guarded.h"

namespace cbundle {

class Activity {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Kind { build, question };

  // Counts as work while it lives.
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

  Call begin(Kind kind) { return Call(*this, kind); }

  std::uint64_t calls();  // of every kind
  std::uint64_t builds();

  // When the last call ended, or the daemon began; Clock::now() while a call runs.
  Clock::time_point idle_since();

 private:
  struct State {
    std::uint64_t calls = 0;
    std::uint64_t builds = 0;
    Clock::time_point last_end = Clock::now();
  };
  Guarded<State> state_;
};

}  // namespace cbundle
