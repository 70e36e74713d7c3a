// What `cbundle doctor` checks without a daemon: programs and directories.
#pragma once

#include "client/environment.h"
#include "client/findings.h"

namespace cbundle {

// Only reads, except for one file in the cache directory that is written and removed.
Findings check_directories(const Environment& environment);

// Whether process `pid` sees the same files as this one: namespace, root directory, groups. Nothing
// where that cannot be read.
Findings check_same_world(int pid);

}  // namespace cbundle
