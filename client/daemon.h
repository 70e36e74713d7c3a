// Connecting to the daemon, and starting it.
#pragma once

#include <memory>

#include "client/connection.h"
#include "client/environment.h"
#include "engine/base/result.h"

namespace cbundle {

struct DaemonTimeouts {
  std::chrono::milliseconds connect{1000};
  std::chrono::milliseconds start{5000};
  std::chrono::milliseconds lock{2000};  // while another client starts one, which takes 50 ms
  std::chrono::milliseconds exit{1000};  // of an old daemon, before a new one is started
  Timeouts call;
};

// Connects to the running daemon. Error{no_daemon}: none is running; Error{bad_request}: the socket
// is unusable or belongs to another user; Error{unavailable}: it does not accept the connection.
Result<std::unique_ptr<Connection>> connect_to_daemon(const Environment& environment,
                                                      const DaemonTimeouts& timeouts = {});

// As above, but starts a daemon if none is running, and waits until it is ready. Of several clients
// one starts it, under a lock, and the others wait for that.
Result<std::unique_ptr<Connection>> connect_or_start(const Environment& environment,
                                                     const DaemonTimeouts& timeouts = {});

}  // namespace cbundle
