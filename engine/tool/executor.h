// Runs one program to its end.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace cbundle {

struct Command {
  std::filesystem::path program;         // absolute
  std::vector<std::string> arguments;    // without the program's own name
  std::filesystem::path directory;       // absolute
  std::vector<std::string> environment;  // "NAME=value", and nothing else
  std::string project = {};              // for whom it runs: see Slots
};

struct Exit {
  int status = 0;      // 128 + n where signal n ended it
  std::string output;  // stdout and stderr, interleaved as they were written
};

class Executor {
 public:
  virtual ~Executor() = default;

  // An Error means that the program could not be run (tool_failed), or was stopped (cancelled);
  // its whole process group is then gone. A program that ran and failed is an Exit with a status.
  // May be called from many threads at once.
  virtual Result<Exit> execute(const Command& command, const std::stop_token& stop) = 0;
};

}  // namespace cbundle
