#include "daemon/acceptor.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "engine/base/files.h"

namespace cbundle {
namespace {

// After a failure, such as too many open files: the connection stays in the backlog, and poll()
// would return at once, again and again. Builds close their descriptors in the meantime.
constexpr int retry_ms = 100;

}  // namespace

Acceptor::Acceptor(int listening, Handlers handlers)
    : listening_(listening),
      handlers_(std::move(handlers)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

void Acceptor::stop() {
  if (!thread_.joinable()) return;
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

void Acceptor::run() {
  int failure = 0;  // an errno
  for (;;) {
    std::array<pollfd, 2> waits{
        {{stop_.get(), POLLIN, 0}, {failure == 0 ? listening_ : -1, POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), failure == 0 ? -1 : retry_ms);
    if (waits[0].revents != 0) return;
    const int before = std::exchange(failure, accept_all());
    if (failure == 0 || failure == before) continue;
    spdlog::warn("cannot accept a connection: {}; will retry", errno_message(failure));
  }
}

// 0 when the backlog is empty, or the errno of the accept that failed.
int Acceptor::accept_all() const {
  for (;;) {
    Fd connection(::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!connection && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (!connection) return errno == EAGAIN ? 0 : errno;
    if (const unsigned uid = peer_of(connection.get()).uid; uid != ::geteuid()) {
      handlers_.rejected(uid);
    } else {
      handlers_.accepted(std::move(connection));
    }
  }
}

}  // namespace cbundle
