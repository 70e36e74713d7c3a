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
  state->last_end = activity_->clock_.now();
}

Clock::Duration Activity::idle_time() {
  const auto state = state_.lock();
  return state->calls > 0 ? Clock::Duration::zero() : clock_.now() - state->last_end;
}

}  // namespace cbundle
