// The daemon's program: from its command line to its exit status.
#pragma once

namespace cbundle {

// Exit statuses of cbundled, documented in cbundled(8).
enum class DaemonExit {
  done = 0,  // stopped, or idle
  cannot_serve = 1,
  wrong_usage = 2,  // of an option or a setting
  not_needed = 3,   // another daemon serves the socket
};

DaemonExit run_daemon(int argc, const char* const* argv);

}  // namespace cbundle
