// Runs programs, and counts them.
#pragma once

#include <atomic>
#include <functional>

#include "engine/tool/process_executor.h"

namespace cbundle {

class CountingExecutor final : public Executor {
 public:
  Result<Exit> execute(const Command& command, const std::stop_token& stop) override {
    const bool is_identification = !command.arguments.empty() && command.arguments[0] == "--list";
    if (!is_identification) ++runs;
    if (before) before(command);
    return inner_.execute(command, stop);
  }

  std::atomic<int> runs = 0;  // without those that identify a tool
  std::function<void(const Command&)> before;

 private:
  ProcessExecutor inner_{2};
};

}  // namespace cbundle
