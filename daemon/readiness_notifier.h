// Reports the daemon's state to systemd (sd_notify), or to a client that waits on a descriptor.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/base/fd.h"

namespace cbundle {

class ReadinessNotifier {
 public:
  // `ready`: a line is written there once the daemon serves, and it is closed; may be empty.
  explicit ReadinessNotifier(Fd ready);

  void ready(const std::string& socket);
  void stopping(const std::string& reason);
  void ping() const;  // to be called once per watchdog_interval()

  // Half of systemd's WatchdogSec= ($WATCHDOG_USEC); nothing where there is no watchdog.
  std::optional<std::chrono::microseconds> watchdog_interval() const { return interval_; }

 private:
  Fd ready_;
  std::optional<std::chrono::microseconds> interval_;
};

}  // namespace cbundle
