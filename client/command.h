// The commands, one file each, and the function that selects one.
#pragma once

#include <span>

#include "client/environment.h"
#include "client/options.h"
#include "engine/base/result.h"

namespace cbundle {

// Scripts and makefiles rely on these.
enum class ExitCode {
  done = 0,
  build_failed = 1,  // the linker's message, or why a file could not be written, is on stderr
  usage = 2,         // an invalid option or setting
  no_daemon = 3,     // though one is required
  internal = 4,  // neither the daemon nor a private one could serve, or the response was invalid
  // 128 + n: killed by signal n
};

// Runs the command that the arguments after the program's name ask for, prints its output and
// errors, and returns the exit code. Nothing is buffered.
ExitCode run(std::span<char* const> arguments);

// run() prints the error.
Result<ExitCode> run_build(const Arguments& arguments, const Environment& environment);
Result<ExitCode> run_script(const Arguments& arguments, const Environment& environment);
Result<ExitCode> run_combine(const Arguments& arguments, const Environment& environment);
Result<ExitCode> run_explain(const Arguments& arguments, const Environment& environment);
Result<ExitCode> run_doctor(const Arguments& arguments, const Environment& environment);
Result<ExitCode> run_clear(const Arguments& arguments, const Environment& environment);
Result<ExitCode> run_verify(const Arguments& arguments, const Environment& environment);
Result<ExitCode> run_stats(const Arguments& arguments, const Environment& environment);
Result<ExitCode> run_status(const Arguments& arguments, const Environment& environment);
Result<ExitCode> run_stop(const Arguments& arguments, const Environment& environment);
Result<ExitCode> run_trim(const Arguments& arguments, const Environment& environment);

}  // namespace cbundle
