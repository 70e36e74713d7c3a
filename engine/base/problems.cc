#include "engine/base/problems.h"

#include <utility>

namespace cbundle {

void Problems::report(std::string_view name, Diagnostic what) {
  Problem fresh;
  {
    const auto state = state_.lock();
    const auto [found, is_new] = state->problems.try_emplace(std::string(name));
    Known& known = found->second;
    ++known.problem.count;
    if (known.is_active) return;
    known.is_active = true;
    known.problem.name = name;
    known.problem.since = std::chrono::system_clock::now();
    known.problem.what = std::move(what);
    if (!is_new) return;
    state->unreported.push_back(known.problem.what);
    fresh = known.problem;
  }
  if (on_new_) on_new_(fresh);
}

void Problems::resolve(std::string_view name) {
  const auto state = state_.lock();
  const auto found = state->problems.find(name);
  if (found != state->problems.end()) found->second.is_active = false;
}

std::vector<Problem> Problems::list() {
  std::vector<Problem> active;
  const auto state = state_.lock();
  for (const auto& [name, known] : state->problems) {
    if (known.is_active) active.push_back(known.problem);
  }
  return active;
}

Diagnostics Problems::take_unreported() { return std::exchange(state_.lock()->unreported, {}); }

}  // namespace cbundle
