#include "engine/tool/shared_slots.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <optional>

#include "engine/base/process.h"

namespace cbundle {
namespace {

constexpr std::chrono::milliseconds interval{5};

struct flock lock_of(unsigned number, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(number);
  lock.l_len = 1;
  return lock;
}

}  // namespace

SharedSlots::SharedSlots(Fd file, unsigned limit, Wait wait, const Clock& clock)
    : file_(std::move(file)),
      limit_(std::max(limit, 1U)),
      wait_(wait),
      clock_(clock),
      ours_(std::size_t{2} * limit_) {}

SharedSlots::Lock SharedSlots::try_lock(unsigned number) const {
  struct flock lock = lock_of(number, F_WRLCK);
  if (::fcntl(file_.get(), F_SETLK, &lock) == 0) return Lock::taken;
  lock = lock_of(number, F_WRLCK);
  const bool is_known = ::fcntl(file_.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  const auto holder = is_known ? state_of_process(lock.l_pid) : std::nullopt;
  return holder && holder->is_stopped ? Lock::held_by_stopped : Lock::held;
}

// One of the first `count`; also returns whether to go on, with it or without.
std::pair<SharedSlots::Slot, bool> SharedSlots::try_take(unsigned count) {
  const std::lock_guard lock(mutex_);
  bool is_stopped = false;
  for (unsigned number = 0; number < count; ++number) {
    if (ours_[number]) continue;
    const Lock outcome = try_lock(number);
    is_stopped = is_stopped || outcome == Lock::held_by_stopped;
    if (outcome != Lock::taken) continue;
    ours_[number] = true;
    return {Slot(*this, number), true};
  }
  return {Slot(), is_stopped};
}

SharedSlots::Slot SharedSlots::take(const std::stop_token& stop) {
  if (!file_) return {};
  const Clock::TimePoint start = clock_.now();
  std::mutex unused;
  std::condition_variable_any never;
  for (std::unique_lock lock(unused);;) {
    const auto waited = clock_.now() - start;
    auto [slot, may_go_on] = try_take(waited < patience ? limit_ : 2 * limit_);
    if (may_go_on || wait_ == Wait::no || waited >= max_wait || stop.stop_requested()) {
      return std::move(slot);
    }
    never.wait_for(lock, stop, interval, [] { return false; });
  }
}

void SharedSlots::give_back(unsigned number) {
  const std::lock_guard lock(mutex_);
  struct flock unlock = lock_of(number, F_UNLCK);
  ::fcntl(file_.get(), F_SETLK, &unlock);
  ours_[number] = false;
}

}  // namespace cbundle
