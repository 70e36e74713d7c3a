// Tells whoever started the daemon how it is: systemd, or a client that waits on a descriptor.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/base/fd.h"

namespace cbundle {

class Supervisor {
 public:
  // `ready`: gets a line once the daemon serves, and is closed; none where nobody waits so.
  explicit Supervisor(Fd ready);

  void ready(const std::string& socket);
  void leaving(const std::string& reason);
  void alive() const;  // to be told every watchdog_interval()

  // Half of what systemd's WatchdogSec= allows; nothing where it does not watch.
  std::optional<std::chrono::microseconds> watchdog_interval() const { return interval_; }

 private:
  Fd ready_;
  std::optional<std::chrono::microseconds> interval_;
};

}  // namespace cbundle
