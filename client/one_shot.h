// A private cbundled that serves one client and leaves.
#pragma once

#include <sys/types.h>

#include <memory>

#include "client/connection.h"
#include "client/environment.h"
#include "client/failure.h"

namespace cbundle {

// Runs in our directory, session and environment, and speaks to our standard error.
class OneShot {
 public:
  // `with_cache`: it uses the cache on disk. Failure{internal} says what kept it from starting.
  static Expected<OneShot> start(const Environment& environment, bool with_cache,
                                 Patience patience = {});
  OneShot(OneShot&&) = default;
  // Hangs up and waits for it to leave, though not for ever: what it writes last is the cache.
  ~OneShot();

  Connection& connection() { return *connection_; }

 private:
  OneShot(pid_t process, std::unique_ptr<Connection> connection)
      : process_(process), connection_(std::move(connection)) {}

  pid_t process_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace cbundle
