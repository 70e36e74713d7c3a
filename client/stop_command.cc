// cbundle stop: lets the daemon finish its builds, and waits until it has exited.
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "client/admin_call.h"
#include "client/command.h"
#include "client/daemon.h"
#include "client/terminal.h"
#include "engine/base/fd.h"
#include "engine/base/process.h"

namespace cbundle {
namespace {

constexpr std::chrono::milliseconds max_wait{30'000};

// A pidfd of the daemon to wait for. The pid that it reports may belong to another process if it
// runs in a container; the kernel's may be systemd's, which created the socket.
Fd process_of(Connection& connection) {
  v1::StatusResponse status;
  if (!call_admin(connection, "Status", v1::StatusRequest(), status).is_ok()) return {};
  const auto pid = static_cast<pid_t>(status.pid());
  if (pid <= 0 || (pid != connection.peer_process() && !is_own_cbundled(pid))) return {};
  return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

// Closes the connection, which the daemon waits for. Whether it exited in time, or, if its process
// is not known, whether it closed the connection.
bool wait_for_exit(std::unique_ptr<Connection> connection, const Fd& process) {
  if (!process) return connection->wait_for_close(max_wait);
  connection.reset();
  pollfd waiting{process.get(), POLLIN, 0};
  return ::poll(&waiting, 1, static_cast<int>(max_wait.count())) == 1;
}

}  // namespace

Result<ExitCode> run_stop(const Arguments&, const Environment& environment) {
  Result<std::unique_ptr<Connection>> connection = connect_to_daemon(environment);
  if (!connection && connection.error().kind == ErrorKind::no_daemon) {
    TRY(print(connection.error().text() + '\n'));
    return ExitCode::done;
  }
  if (!connection) return Error{ErrorKind::internal, connection.error().diagnostics};

  const std::string daemon = "the daemon at " + environment.paths.socket;
  const Fd process = process_of(*connection.value());
  v1::StopResponse response;
  const CallEnd end = call_admin(*connection.value(), "Stop", v1::StopRequest(), response);
  if (!end.is_ok() && end.how != CallEnd::How::disconnected) {
    return Error{ErrorKind::internal, "cannot stop " + daemon + ": " + end.message};
  }
  if (!wait_for_exit(std::move(connection).value(), process)) {
    return Error{ErrorKind::internal, daemon + " is stopping, but still has builds to finish",
                 "it takes no new calls, and exits after them"};
  }
  TRY(print(daemon + " has stopped\n"));
  return ExitCode::done;
}

}  // namespace cbundle
