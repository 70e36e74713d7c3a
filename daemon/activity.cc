// Counting calls in and out.
#include "daemon/activity.h"

namespace cbundle {

Activity::Call::Call(Activity& activity, Kind kind) : activity_(&activity), kind_(kind) {
  auto state = activity.state_.lock();
  ++state->calls;
  if (kind == Kind::build) ++state->builds;
}

Activity::Call::~Call() {
  if (activity_ == nullptr) return;
  auto state = activity_->state_.lock();
  --state->calls;
  if (kind_ == Kind::build) --state->builds;
  state->last_end = Clock::now();
}

std::uint64_t Activity::calls() { return state_.lock()->calls; }

std::uint64_t Activity::builds() { return state_.lock()->builds; }

Activity::Clock::time_point Activity::idle_since() {
  const auto state = state_.lock();
  return state->calls > 0 ? Clock::now() : state->last_end;
}

}  // namespace cbundle
