// What happens during a build, as it happens.
#pragma once

#include <chrono>
#include <string>
#include <variant>

#include "engine/base/diagnostic.h"
#include "engine/stage/stage.h"

namespace cbundle {

enum class Outcome {
  hit,     // found in the store
  ran,     // done now, by this build
  shared,  // done now, by another build that asked at the same time
};

std::string_view name_of(Outcome outcome);

struct StageFinished {
  StageKind stage;
  Outcome outcome;
  std::chrono::microseconds took;
  std::string reason;  // why it ran, for a person: "object 2 (b.o) changed"; empty for a hit
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

}  // namespace cbundle
