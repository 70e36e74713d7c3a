// The daemon's program: where it is, and starting it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "client/descriptor.h"
#include "client/environment.h"
#include "client/failure.h"

namespace cbundle {

// $CBUNDLED, or cbundled beside our own program, in ../libexec/cbundle, or on $PATH.
// Failure{internal} says where it was looked for. The path is absolute.
Expected<std::string> find_program(const Environment& environment);

// What the new process gets: descriptor 3 is `third`, 0 and 1 are /dev/null, all others closed.
struct Start {
  std::string program;
  std::vector<std::string> arguments;
  int third;
  int errors = 2;         // becomes its 2
  bool detached = false;  // a session of its own, in /, without what make or a wrapper exported
};

// The new process's number, or Failure{internal} with the system's reason.
Expected<pid_t> start_program(const Start& start);

// A socket pair's or pipe's ends, closed when a program is started.
struct Ends {
  Descriptor ours;
  Descriptor theirs;
};
Expected<Ends> make_socket_pair();
Expected<Ends> make_pipe();  // we read

}  // namespace cbundle
