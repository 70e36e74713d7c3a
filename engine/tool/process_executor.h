// Runs programs as processes of this machine, a bounded number at once.
//
// A program gets its own process group, the given environment and directory, /dev/null as input,
// one pipe for all its output, default signals, and no other descriptor of ours, and ends when this
// process ends.
#pragma once

#include "engine/base/fd.h"
#include "engine/tool/executor.h"
#include "engine/tool/spawner.h"

namespace cbundle {

class ProcessExecutor final : public Executor {
 public:
  // At most `slots` programs run at once, but at least one; further callers wait.
  explicit ProcessExecutor(unsigned slots);

  // Output after the first 1 MiB is dropped; a last line has its size. When a program ends, the
  // rest of its process group is killed.
  Result<Exit> execute(const Command& command, const std::stop_token& stop) override;

 private:
  // An eventfd that counts the free slots: waiting for one and for a stop is then one poll.
  Fd slots_;
  Spawner spawner_;
};

}  // namespace cbundle
