// What happens during a build, as it happens.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "engine/base/diagnostic.h"
#include "engine/stage/stage.h"

namespace cbundle {

enum class Outcome {
  hit,     // found in the store
  ran,     // run by this build
  shared,  // run by another build that needed it at the same time
};

constexpr std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::hit: return "hit";
    case Outcome::ran: return "ran";
    case Outcome::shared: return "shared";
  }
  return "unknown";
}

struct StageFinished {
  StageKind stage;
  Outcome outcome;
  std::chrono::microseconds took;
  std::string reason;  // why it ran: "object 2 (b.o) changed"; empty for a hit
};
struct Warning {
  Diagnostic diagnostic;
};
struct CacheWarning {
  Diagnostic diagnostic;  // the cache degraded; the build goes on
};

using Event = std::variant<StageFinished, Warning, CacheWarning>;

class Progress {
 public:
  virtual ~Progress() = default;
  // Events of one build come one at a time, though from different threads.
  virtual void on(const Event& event) = 0;
};

// Passes events on one at a time: the two layouts are linked on two threads.
class SerialProgress final : public Progress {
 public:
  explicit SerialProgress(Progress& inner) : inner_(inner) {}
  void on(const Event& event) override {
    const std::lock_guard lock(mutex_);
    inner_.on(event);
  }

 private:
  std::mutex mutex_;
  Progress& inner_;
};

}  // namespace cbundle
