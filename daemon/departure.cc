// An eventfd for the daemon's loop, and a list of those who wait.
#include "daemon/departure.h"

#include <sys/eventfd.h>

#include <utility>

namespace cbundle {

Departure::Departure() : requested_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Departure::request(const std::string& reason, std::function<void()> once_closed) {
  std::function<void()> at_once;
  {
    auto state = state_.lock();
    if (state->reason.empty()) state->reason = reason;
    if (state->closed) {
      at_once = std::move(once_closed);
    } else if (once_closed) {
      state->waiting.push_back(std::move(once_closed));
    }
  }
  if (at_once) at_once();
  ::eventfd_write(requested_.get(), 1);
}

void Departure::closed() {
  std::vector<std::function<void()>> waiting;
  {
    auto state = state_.lock();
    state->closed = true;
    waiting = std::exchange(state->waiting, {});
  }
  for (const auto& tell : waiting) tell();
}

}  // namespace cbundle
