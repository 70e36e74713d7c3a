// Makes the daemon independent of the process that started it.
#pragma once

#include <vector>

namespace cbundle {

// A private daemon lives by its client's limits and priority; a shared one serves others too; that
// of a systemd unit has what the unit says.
enum class DaemonKind { private_daemon, shared, unit };

// Closes all descriptors but the standard ones and `needed` (make's job server and Ninja's pipes
// would otherwise wait for the daemon), connects stdin to /dev/null and stdout to stderr, starts a
// session, changes to /, sets the umask to 077, ignores SIGPIPE and SIGXFSZ. Raises the limits of a
// daemon that is not private, and resets priority and processors of a shared one, as far as
// allowed. To be called before any thread is started.
void detach_from_caller(std::vector<int> needed, DaemonKind kind);

}  // namespace cbundle
