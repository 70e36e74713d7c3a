// Limits how many tools run at once, fairly between projects.
#pragma once

#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "engine/base/clock.h"

namespace cbundle {

// A free slot goes to the project that has the fewest, and of its waiters to the first. So that a
// few slow links do not hold up the short ones of all others, one more than the limit is given
// out whenever nobody got one for a while, up to twice the limit. A project is a name, such as a
// directory. Many threads may call.
class Slots {
 public:
  // `limit` is at least 1. `clock` outlives this.
  explicit Slots(unsigned limit, const Clock& clock = steady_clock());

  // One of them, given back by the destructor.
  class Slot {
   public:
    Slot(Slot&& other) noexcept
        : slots_(std::exchange(other.slots_, nullptr)), project_(std::move(other.project_)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (slots_ != nullptr) slots_->give_back(project_);
    }

   private:
    friend class Slots;
    Slot(Slots& slots, std::string project) : slots_(&slots), project_(std::move(project)) {}
    Slots* slots_;
    std::string project_;
  };

  // Waits for one; nothing where the stop comes first.
  std::optional<Slot> wait(const std::string& project, const std::stop_token& stop);

  static constexpr std::chrono::milliseconds patience{200};

 private:
  struct Waiter {
    const std::string& project;
    bool has_slot = false;
  };

  void give_back(const std::string& project);
  void give_to_waiters();
  unsigned held_by(const std::string& project) const;

  const unsigned limit_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any given_cv_;
  std::list<Waiter*> waiters_;  // in order of arrival
  std::map<std::string, unsigned> held_;
  unsigned in_use_ = 0;
  Clock::TimePoint last_given_;
};

}  // namespace cbundle
