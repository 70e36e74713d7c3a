// The daemon's command line, and the configuration it leads to.
#pragma once

#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/config/config.h"

namespace cbundle {

struct CommandLine {
  SettingTexts settings;               // those given as flags
  bool one_shot = false;        // serve the connection on descriptor 3, and no other
  std::optional<int> ready_fd;  // where to say that we serve
  std::string print;            // where not empty: print this and do nothing (--help, --version)
};

// Error{bad_request} names what is wrong, and the nearest option for one that does not exist.
Result<CommandLine> parse_command_line(int argc, const char* const* argv);

// Flags over `environment` over the usual paths (proto/paths.h) over the table's defaults. A
// cache directory named by a flag has a socket of its own, as one named by a variable has.
Result<Configured> configure(const CommandLine& command_line, const SettingTexts& environment,
                             unsigned uid);

// This process's variables.
SettingTexts variables();

}  // namespace cbundle
