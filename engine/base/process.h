// Other processes of this machine, as /proc shows them. Source: proc(5).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace cbundle {

struct ProcessState {
  bool is_stopped = false;          // by a signal or a debugger
  unsigned long long cpu_time = 0;  // clock ticks, of all its threads
  unsigned long long started = 0;   // clock ticks since the machine was booted

  bool operator==(const ProcessState&) const = default;
};

// Nothing where there is no such process any more, or it is of another pid namespace (0), or
// without /proc.
std::optional<ProcessState> state_of_process(pid_t pid);

// The first 15 bytes of its program's name, unless it has taken another; empty where not known.
std::string name_of_process(pid_t pid);

bool is_own_cbundled(pid_t pid);  // one of this user

// False where it cannot be read, as of another user's process.
bool has_argument(pid_t pid, const std::string& argument);
bool has_variable(pid_t pid, const std::string& variable);  // "NAME=value", as it was started

}  // namespace cbundle
