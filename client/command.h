// The commands, one file each, and what chooses among them.
#pragma once

#include <span>

#include "client/environment.h"
#include "client/exit_code.h"
#include "client/options.h"

namespace cbundle {

// Runs what the words behind the program's name ask for, says what there is to say, and returns
// the exit code. Nothing is left unwritten.
ExitCode run(std::span<char* const> words);

// Each says itself what went wrong.
ExitCode run_build(const Arguments& arguments, const Environment& environment);
ExitCode run_script(const Arguments& arguments, const Environment& environment);
ExitCode run_combine(const Arguments& arguments, const Environment& environment);
ExitCode run_stats(const Arguments& arguments, const Environment& environment);
ExitCode run_status(const Arguments& arguments, const Environment& environment);
ExitCode run_stop(const Arguments& arguments, const Environment& environment);
ExitCode run_trim(const Arguments& arguments, const Environment& environment);

}  // namespace cbundle
