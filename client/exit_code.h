// The client's exit codes, on which scripts and makefiles rely.
#pragma once

#include "engine/base/result.h"

namespace cbundle {

enum class ExitCode {
  done = 0,
  build_failed = 1,  // the linker's message, or why a file could not be written, is on stderr
  usage = 2,         // an invalid option or setting
  no_daemon = 3,     // though one is required
  internal = 4,      // neither the daemon nor a private one could serve, or the answer was invalid
  // 128 + n: killed by signal n
};

struct ExitOfError {
  ErrorKind kind;
  ExitCode code;
};

inline constexpr ExitOfError exits_of_errors[] = {
    {ErrorKind::bad_request, ExitCode::usage},
    {ErrorKind::bad_input, ExitCode::build_failed},
    {ErrorKind::tool_failed, ExitCode::build_failed},
    {ErrorKind::unavailable, ExitCode::build_failed},
    {ErrorKind::no_daemon, ExitCode::no_daemon},
    {ErrorKind::evicted, ExitCode::internal},
    {ErrorKind::corrupt, ExitCode::internal},
    {ErrorKind::cancelled, ExitCode::internal},
    {ErrorKind::internal, ExitCode::internal},
};

constexpr ExitCode exit_code_of(ErrorKind kind) {
  for (const ExitOfError& exit : exits_of_errors) {
    if (exit.kind == kind) return exit.code;
  }
  return ExitCode::internal;
}

}  // namespace cbundle
