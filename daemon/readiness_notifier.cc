#include "daemon/readiness_notifier.h"

#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace cbundle {

ReadinessNotifier::ReadinessNotifier(Fd ready) : ready_(std::move(ready)) {
  std::uint64_t allowed = 0;  // microseconds
  if (::sd_watchdog_enabled(0, &allowed) > 0) interval_ = std::chrono::microseconds(allowed / 2);
}

void ReadinessNotifier::ready(const std::string& socket) {
  ::sd_notify(0, ("READY=1\nSTATUS=serving " + socket).c_str());
  if (!ready_) return;
  constexpr std::string_view line = "ready\n";
  [[maybe_unused]] const ssize_t written = ::write(ready_.get(), line.data(), line.size());
  ready_ = Fd();
}

void ReadinessNotifier::stopping(const std::string& reason) {
  ::sd_notify(0, ("STOPPING=1\nSTATUS=shutting down: " + reason).c_str());
}

void ReadinessNotifier::ping() const { ::sd_notify(0, "WATCHDOG=1"); }

}  // namespace cbundle
