// Finding the daemon's program, and starting it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "client/environment.h"
#include "engine/base/fd.h"

namespace cbundle {

// $CBUNDLED, or cbundled beside our own program, in ../libexec/cbundle, or on $PATH. The path is
// absolute. Error{internal} lists where it was looked for.
Result<std::string> find_daemon_program(const Environment& environment);

// In the new process descriptor 3 is `third`, 0 and 1 are /dev/null, all others are closed.
struct Start {
  std::string program;
  std::vector<std::string> arguments;
  int third;
  int errors = 2;         // becomes its 2
  bool detached = false;  // in a new session and in /, without make's and wrappers' variables
};

// The pid, or Error{internal} with the system's reason.
Result<pid_t> start_program(const Start& start);

// The ends of a socket pair, which programs do not inherit.
struct SocketPair {
  Fd ours;
  Fd theirs;
};
Result<SocketPair> make_socket_pair();

}  // namespace cbundle
