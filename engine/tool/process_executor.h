// Runs programs as processes of this machine, a bounded number at once.
//
// A program gets its own process group, the given environment and directory, /dev/null as input,
// one pipe for all its output, default signals, and no other descriptor of ours. It is spawned,
// never forked: forking a daemon of 1 GB costs 42 ms, posix_spawn 0.7.
#pragma once

#include "engine/base/fd.h"
#include "engine/tool/executor.h"

namespace cbundle {

class ProcessExecutor final : public Executor {
 public:
  // At most `slots` programs run at once, one at least; further callers wait for their turn.
  explicit ProcessExecutor(unsigned slots);

  // Output beyond 1 MiB is read and dropped, and said to be. A program ends with its whole group:
  // processes it leaves behind are killed.
  Result<Exit> execute(const Command& command, const std::stop_token& stop) override;

 private:
  // An eventfd that counts the free slots: waiting for one and for a stop is then one poll.
  Fd slots_;
};

}  // namespace cbundle
