// The daemon's command line and configuration.
#pragma once

#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/config/config.h"

namespace cbundle {

struct CommandLine {
  SettingTexts settings;        // those given as flags
  bool private_daemon = false;  // serve only the connection on descriptor 3
  std::optional<int> ready_fd;  // to be written to when the daemon serves
  std::string print;            // if not empty: print this and exit (--help, --version)
};

// Error{bad_request} where it is wrong; for an unknown option it names the nearest one.
Result<CommandLine> parse_command_line(int argc, const char* const* argv);

// Flags override `environment`, which overrides the default paths (proto/paths.h) and the table's
// defaults. A cache directory given by a flag has its own socket, as one given by a variable has.
Result<Configured> configure(const CommandLine& command_line, const SettingTexts& environment,
                             unsigned uid);

// This process's environment.
SettingTexts variables();

}  // namespace cbundle
