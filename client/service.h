// Calls to the daemon, or to a private one if there is none.
#pragma once

#include <functional>

#include "client/build_options.h"
#include "client/connection.h"
#include "client/daemon.h"
#include "client/environment.h"
#include "engine/base/result.h"

namespace cbundle {

// One try at a call; it may be repeated on another connection, and then starts from the beginning.
// An end that is OK or stopped is final; after any other another daemon is asked.
using RpcCall = std::function<CallEnd(Connection&)>;

struct CallOptions {
  bool may_start = true;  // a daemon, if none is running
  // Of the note that says why a private daemon is used.
  Verbosity verbosity = Verbosity::normal;
  bool hide_log = false;  // that of a private daemon
  DaemonTimeouts timeouts = {};
};

// Error{no_daemon} if $CBUNDLE_DAEMON requires a daemon that cannot be reached, Error{internal} if
// the private daemon failed.
Result<void> call_daemon(const Environment& environment, const CallOptions& options,
                         const RpcCall& attempt);

}  // namespace cbundle
