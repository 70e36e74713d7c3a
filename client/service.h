// Who serves a call: the daemon, or a private one-shot where no daemon can.
#pragma once

#include <functional>
#include <optional>

#include "client/connection.h"
#include "client/daemon.h"
#include "client/environment.h"
#include "client/failure.h"

namespace cbundle {

// One try at a call; may come again on another connection, and then begins anew. An end that is
// OK or abandoned settles the matter; after any other somebody else is asked.
using Attempt = std::function<CallEnd(Connection&)>;

struct ServiceNeeds {
  bool may_start = true;  // a daemon, where none runs
  bool quiet = false;     // do not tell why it had to be a one-shot
  DaemonPatience patience = {};
};

// Nothing once the matter is settled; else Failure{no_daemon} where $CBUNDLE_DAEMON requires one,
// or Failure{internal} with what the one-shot ran into.
std::optional<Failure> serve(const Environment& environment, const ServiceNeeds& needs,
                             const Attempt& attempt);

}  // namespace cbundle
