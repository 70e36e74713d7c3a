#include "engine/store/housekeeper.h"

#include <algorithm>
#include <utility>

namespace cbundle {
namespace {

constexpr std::chrono::seconds flush_after{1};
constexpr std::chrono::seconds idle_after{10};

}  // namespace

Housekeeper::Housekeeper(Chores chores) : chores_(std::move(chores)), thread_([this] { loop(); }) {}

Housekeeper::~Housekeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  came_.notify_one();
  thread_.join();
}

void Housekeeper::checkpoint_soon() {
  {
    const std::lock_guard lock(mutex_);
    checkpoint_ = true;
  }
  came_.notify_one();
}

void Housekeeper::flush_later() {
  {
    const std::lock_guard lock(mutex_);
    if (flush_at_) return;
    flush_at_ = Clock::now() + flush_after;
  }
  came_.notify_one();
}

void Housekeeper::tidy_when_idle() {
  {
    const std::lock_guard lock(mutex_);
    const bool is_awaited = tidy_at_.has_value();
    tidy_at_ = Clock::now() + idle_after;
    if (is_awaited) return;  // it wakes at the old time, and finds a new one
  }
  came_.notify_one();
}

bool Housekeeper::is_wanted() {
  const std::lock_guard lock(mutex_);
  return stopping_ || checkpoint_ || tidy_at_.has_value();
}

bool Housekeeper::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Housekeeper::loop() {
  chores_.begin();
  std::unique_lock lock(mutex_);
  const auto run = [&lock](const std::function<void()>& chore) {
    lock.unlock();
    chore();
    lock.lock();
  };
  while (!stopping_) {
    const auto now = Clock::now();
    if (std::exchange(checkpoint_, false)) {
      run(chores_.checkpoint);
    } else if (flush_at_ && *flush_at_ <= now) {
      flush_at_.reset();
      run(chores_.flush);
    } else if (tidy_at_ && *tidy_at_ <= now) {
      tidy_at_.reset();
      run(chores_.tidy);
    } else if (flush_at_ || tidy_at_) {
      came_.wait_until(lock, std::min(flush_at_.value_or(Clock::time_point::max()),
                                      tidy_at_.value_or(Clock::time_point::max())));
    } else {
      came_.wait(lock);
    }
  }
}

}  // namespace cbundle
