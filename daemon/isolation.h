// Leaves behind what a process gets from whoever started it.
#pragma once

#include <vector>

namespace cbundle {

// Closes all descriptors but the standard ones and `kept` (make's job server and Ninja's pipes
// would wait for us otherwise), reads /dev/null, writes its output where its errors go, leaves the
// terminal's session and the directory, masks what group and others may do, ignores SIGPIPE, and
// may open as many files as the system lets it. Call it before any thread is started.
void leave_the_callers_world(std::vector<int> kept);

}  // namespace cbundle
