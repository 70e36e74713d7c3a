// cbundle stop: lets the daemon finish its builds, and waits until it has exited.
#include <fcntl.h>
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

namespace cbundle {
namespace {

constexpr std::chrono::milliseconds max_wait{30'000};

bool is_cbundled(std::int64_t process) {
  char name[16] = {};
  const std::string path = "/proc/" + std::to_string(process) + "/comm";
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file && ::read(file.get(), name, sizeof name) > 0 &&
         std::string_view(name) == "cbundled\n";
}

// A pidfd of the daemon to wait for. The pid that it reports may belong to another process if it
// runs in a container; the kernel's may be systemd's, which created the socket.
Fd process_of(Connection& connection) {
  v1::StatusResponse status;
  if (!call_admin(connection, "Status", v1::StatusRequest(), status).is_ok()) return {};
  const bool is_known = status.pid() == connection.peer_process() || is_cbundled(status.pid());
  if (status.pid() <= 0 || !is_known) return {};
  return Fd(static_cast<int>(::syscall(SYS_pidfd_open, status.pid(), 0)));
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
