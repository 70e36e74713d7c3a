// A private cbundled that serves this client only.
#pragma once

#include <sys/types.h>

#include <memory>

#include "client/connection.h"
#include "client/environment.h"

namespace cbundle {

// Runs in the client's directory, session and environment, and shares its standard error.
class PrivateDaemon {
 public:
  // `with_cache`: it uses the cache on disk. Error{internal} says why it did not start.
  static Result<PrivateDaemon> start(const Environment& environment, bool with_cache,
                                     Timeouts timeouts = {});
  PrivateDaemon(PrivateDaemon&&) = default;
  // Disconnects and waits at most 10 s for its exit: it still writes to the cache.
  ~PrivateDaemon();

  Connection& connection() { return *connection_; }

 private:
  PrivateDaemon(pid_t process, std::unique_ptr<Connection> connection)
      : process_(process), connection_(std::move(connection)) {}

  pid_t process_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace cbundle
