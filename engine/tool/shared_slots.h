// Slots for running tools that the processes of one user share: the daemon, and private ones.
//
// A slot is a byte of a file, locked (F_SETLK) by the process that holds it, so that the kernel
// gives it back when the process ends.
#pragma once

#include <chrono>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/fd.h"

namespace cbundle {

// Whoever waits is never held up for good: after `patience` one of as many further slots will do,
// after `max_wait` none is needed, and one that a stopped process holds does not count. Many
// threads may call.
class SharedSlots {
 public:
  enum class Wait {
    no,   // takes one that is free, or none: the process limits its tools itself
    yes,  // waits for one
  };

  // `file` is open for reading and writing, by this process once only; without one there is no
  // limit. `limit` is at least 1. `clock` outlives this.
  SharedSlots(Fd file, unsigned limit, Wait wait, const Clock& clock = steady_clock());

  // One of them or none, given back by the destructor.
  class Slot {
   public:
    Slot() = default;
    Slot(Slot&& other) noexcept
        : slots_(std::exchange(other.slots_, nullptr)), number_(other.number_) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (slots_ != nullptr) slots_->give_back(number_);
    }
    explicit operator bool() const { return slots_ != nullptr; }

   private:
    friend class SharedSlots;
    Slot(SharedSlots& slots, unsigned number) : slots_(&slots), number_(number) {}
    SharedSlots* slots_ = nullptr;
    unsigned number_ = 0;
  };

  // Returns with none where the stop comes first.
  Slot take(const std::stop_token& stop);

  static constexpr std::chrono::milliseconds patience{200};
  static constexpr std::chrono::seconds max_wait{10};

 private:
  enum class Lock { taken, held, held_by_stopped };

  void give_back(unsigned number);
  Lock try_lock(unsigned number) const;
  std::pair<Slot, bool> try_take(unsigned count);

  const Fd file_;
  const unsigned limit_;
  const Wait wait_;
  const Clock& clock_;
  std::mutex mutex_;
  std::vector<bool> ours_;  // the kernel does not tell our threads apart
};

}  // namespace cbundle
