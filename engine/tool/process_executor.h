// Runs programs as processes of this machine, a bounded number at once.
//
// A program gets its own process group, the given environment and directory, /dev/null as input,
// one pipe for all its output, default signals, and no other descriptor of ours, and ends when this
// process ends.
#pragma once

#include "engine/tool/executor.h"
#include "engine/tool/shared_slots.h"
#include "engine/tool/slots.h"
#include "engine/tool/spawner.h"

namespace cbundle {

class ProcessExecutor final : public Executor {
 public:
  // How many programs run at once, about: see Slots. Further callers wait. So they do for `shared`,
  // where other processes run programs too.
  explicit ProcessExecutor(unsigned slots, Fd shared = {},
                           SharedSlots::Wait wait = SharedSlots::Wait::no)
      : slots_(slots), shared_slots_(std::move(shared), slots, wait) {}

  // Output after the first 1 MiB is dropped; a last line has its size. When a program ends, the
  // rest of its process group is killed.
  Result<Exit> execute(const Command& command, const std::stop_token& stop) override;

 private:
  Slots slots_;
  SharedSlots shared_slots_;
  Spawner spawner_;
};

}  // namespace cbundle
