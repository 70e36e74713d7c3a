// Reaching a daemon: connecting to the one that runs, or starting one.
#pragma once

#include <memory>
#include <string>

#include "client/connection.h"
#include "client/environment.h"

namespace cbundle {

// How long to wait for a daemon to take a connection, to get ready, and to go.
struct DaemonPatience {
  std::chrono::milliseconds connecting{1000};
  std::chrono::milliseconds starting{5000};
  std::chrono::milliseconds leaving{1000};  // an old one, for a new one to be started
  Patience call;
};

struct Reached {
  std::unique_ptr<Connection> connection;  // or, where there is none:
  std::string cause;                       // why, for a person
  bool nobody = false;                     // none runs; one may be started
  bool alarming = false;                   // what answers is somebody else's
};

// Connects to the daemon that runs.
Reached connect_to_daemon(const Environment& environment, const DaemonPatience& patience = {});

// As above; where none runs, starts one and waits until it is ready. Of many that do so at once
// one starts it, under a lock, and the others wait for that.
Reached connect_or_start(const Environment& environment, const DaemonPatience& patience = {});

}  // namespace cbundle
