#include "daemon/shutdown_request.h"

#include <sys/eventfd.h>

#include <utility>

namespace cbundle {

ShutdownRequest::ShutdownRequest() : requested_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void ShutdownRequest::request(const std::string& reason, std::function<void()> once_closed) {
  {
    auto state = state_.lock();
    if (state->reason.empty()) state->reason = reason;
    if (!state->closed && once_closed) state->waiting.push_back(std::exchange(once_closed, {}));
  }
  if (once_closed) once_closed();
  ::eventfd_write(requested_.get(), 1);
}

void ShutdownRequest::closed() {
  std::vector<std::function<void()>> waiting;
  {
    auto state = state_.lock();
    state->closed = true;
    waiting = std::exchange(state->waiting, {});
  }
  for (const auto& once_closed : waiting) once_closed();
}

}  // namespace cbundle
