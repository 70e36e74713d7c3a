// Whether asking the remote cache for a stage takes less time than running it.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>

#include "engine/stage/stage.h"

namespace cbundle {

// Many threads may call.
class RemoteWorth {
 public:
  // True while one of the times is not known. Of those that are not worth it, every 16th is asked
  // for all the same, as the network or the machine's load may have changed.
  bool is_worth_asking(StageKind stage) {
    const auto look_up = look_up_.load();
    const auto run = runs_[index_of(stage)].load();
    if (look_up == 0 || run == 0 || look_up <= run) return true;
    return ++skipped_ % 16 == 0;
  }

  void looked_up(std::chrono::microseconds took) { average(look_up_, took); }
  void ran(StageKind stage, std::chrono::microseconds took) {
    average(runs_[index_of(stage)], took);
  }

 private:
  using Average = std::atomic<std::chrono::microseconds::rep>;  // 0: not known

  static std::size_t index_of(StageKind stage) { return static_cast<std::size_t>(stage); }

  // A quarter of it is the latest time. Of two threads that write at once, one may be lost.
  static void average(Average& average, std::chrono::microseconds took) {
    const auto before = average.load();
    const auto now = before == 0 ? took.count() : (3 * before + took.count()) / 4;
    average = std::max<std::chrono::microseconds::rep>(now, 1);
  }

  Average look_up_ = 0;
  std::array<Average, static_cast<std::size_t>(StageKind::verify) + 1> runs_{};
  std::atomic<unsigned> skipped_ = 0;
};

}  // namespace cbundle
