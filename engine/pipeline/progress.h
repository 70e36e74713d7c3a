// What happens during a build, as it happens.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include "engine/base/diagnostic.h"
#include "engine/stage/stage.h"

namespace cbundle {

enum class Outcome {
  hit,     // found in the store
  ran,     // run by this build
  remote,  // found in the remote cache
  shared,  // run by another build that needed it at the same time
};

constexpr std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::hit: return "hit";
    case Outcome::ran: return "ran";
    case Outcome::remote: return "remote";
    case Outcome::shared: return "shared";
  }
  return "unknown";
}

// Not made for this build.
constexpr bool was_found(Outcome outcome) {
  return outcome == Outcome::hit || outcome == Outcome::remote;
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
  Diagnostic diagnostic;     // the cache degraded; the build goes on
  std::string problem = {};  // its name: see Problems
};

using Event = std::variant<StageFinished, Warning, CacheWarning>;

class Progress {
 public:
  virtual ~Progress() = default;
  // Called by the thread that builds; with warnings, by the thread that links layout B too.
  virtual void on(const Event& event) = 0;
};

}  // namespace cbundle
