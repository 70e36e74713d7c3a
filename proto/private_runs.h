// The record of builds for which no shared daemon could be used, kept beside the socket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/paths.h"

namespace cbundle {

struct PrivateRun {
  std::int64_t time = 0;  // seconds since the epoch
  std::string reason;     // "the daemon is in another mount namespace"
};

// Adds one, of this moment. A record that cannot be written is left out; one of more than 64 KiB is
// begun anew. Processes may call at the same time.
void record_private_run(const Paths& paths, std::string_view reason);

// Oldest first; empty where there is no record, or where it is another user's.
std::vector<PrivateRun> private_runs(const Paths& paths);

}  // namespace cbundle
