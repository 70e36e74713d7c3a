#include "engine/tool/slots.h"

#include <algorithm>

namespace cbundle {

Slots::Slots(unsigned limit, const Clock& clock)
    : limit_(std::max(limit, 1U)), clock_(clock), last_given_(clock.now()) {}

unsigned Slots::held_by(const std::string& project) const {
  const auto found = held_.find(project);
  return found == held_.end() ? 0 : found->second;
}

void Slots::give_to_waiters() {
  while (!waiters_.empty()) {
    const bool is_overdue = clock_.now() - last_given_ >= patience && in_use_ < 2 * limit_;
    if (in_use_ >= limit_ && !is_overdue) return;
    const auto next = std::ranges::min_element(
        waiters_, {}, [this](const Waiter* waiter) { return held_by(waiter->project); });
    Waiter& waiter = **next;
    waiters_.erase(next);
    waiter.has_slot = true;
    ++in_use_;
    ++held_[waiter.project];
    last_given_ = clock_.now();
    given_cv_.notify_all();
  }
}

std::optional<Slots::Slot> Slots::wait(const std::string& project, const std::stop_token& stop) {
  Waiter waiter{project};
  std::unique_lock lock(mutex_);
  if (waiters_.empty() && in_use_ < limit_) last_given_ = clock_.now();
  waiters_.push_back(&waiter);
  give_to_waiters();
  while (!waiter.has_slot && !stop.stop_requested()) {
    given_cv_.wait_for(lock, stop, patience, [&] { return waiter.has_slot; });
    if (!waiter.has_slot) give_to_waiters();
  }
  if (waiter.has_slot) return Slot(*this, project);
  waiters_.remove(&waiter);
  return std::nullopt;
}

void Slots::give_back(const std::string& project) {
  const std::lock_guard lock(mutex_);
  --in_use_;
  const auto found = held_.find(project);
  if (--found->second == 0) held_.erase(found);
  give_to_waiters();
}

}  // namespace cbundle
