// What costs time or is broken around a daemon: for its log, its clients, `status` and `doctor`.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/guarded.h"

namespace cbundle {

struct Problem {
  std::string name;  // "memory-cache": stable, for scripts
  Diagnostic what;   // an error if something is broken, a warning if it costs; the hint helps
  std::chrono::system_clock::time_point since;
  std::uint64_t count = 0;  // how often it was reported
};

// A problem is a state, not an event: it has a name, lasts until it is resolved, and is reported to
// one client once in the daemon's life, however often it is met. Many threads may call.
class Problems {
 public:
  // Called with each problem that is new, on the thread that reports it; for a log. It must not
  // call this object.
  using OnNew = std::function<void(const Problem&)>;
  explicit Problems(OnNew on_new = {}) : on_new_(std::move(on_new)) {}

  // Of a problem that is known already, `what` is kept as it was first reported.
  void report(std::string_view name, Diagnostic what);
  void resolve(std::string_view name);  // does nothing where there is none

  std::vector<Problem> list();  // those not resolved, ordered by name

  // What no call has returned before.
  Diagnostics take_unreported();

 private:
  struct Known {
    Problem problem;
    bool is_active = false;
  };
  struct State {
    std::map<std::string, Known, std::less<>> problems;
    Diagnostics unreported;
  };
  OnNew on_new_;
  Guarded<State> state_;
};

}  // namespace cbundle
