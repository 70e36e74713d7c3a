// What the client's exit codes mean; scripts and makefiles rely on them.
#pragma once

#include "cbundle/v1/build.pb.h"

namespace cbundle {

enum class ExitCode {
  done = 0,
  build_failed = 1,  // the linker's words, or why a file could not be written, are on stderr
  usage = 2,         // a wrong option or setting
  no_daemon = 3,     // though one was required
  internal = 4,      // neither a daemon nor a one-shot could serve, or they answered nonsense
  // 128 + n: killed by signal n
};

struct FailureExit {
  v1::FailureKind kind;
  ExitCode code;
};

inline constexpr FailureExit failure_exits[] = {
    {v1::FAILURE_KIND_INTERNAL, ExitCode::internal},
    {v1::FAILURE_KIND_BAD_REQUEST, ExitCode::usage},
    {v1::FAILURE_KIND_BAD_INPUT, ExitCode::build_failed},
    {v1::FAILURE_KIND_TOOL_FAILED, ExitCode::build_failed},
    {v1::FAILURE_KIND_UNAVAILABLE, ExitCode::build_failed},
    {v1::FAILURE_KIND_CANCELLED, ExitCode::internal},
};

constexpr ExitCode exit_code_of(v1::FailureKind kind) {
  for (const FailureExit& exit : failure_exits) {
    if (exit.kind == kind) return exit.code;
  }
  return ExitCode::internal;
}

}  // namespace cbundle
