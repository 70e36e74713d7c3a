// cbundle stop: lets the daemon finish its builds and leave, and waits for that.
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

namespace cbundle {
namespace {

constexpr std::chrono::milliseconds max_wait{30'000};

bool is_cbundled(std::int64_t process) {
  char name[16] = {};
  const std::string path = "/proc/" + std::to_string(process) + "/comm";
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file && ::read(file.get(), name, sizeof name) > 0 &&
         std::string_view(name) == "cbundled\n";
}

// The daemon's process, to wait for. The number that it says it has may be another's where it
// lives in a container; the kernel's may be systemd's, which made the socket.
Descriptor process_of(Connection& connection) {
  v1::StatusResponse status;
  if (!ask_admin(connection, "Status", v1::StatusRequest(), status).is_ok()) return {};
  const bool is_sure = status.pid() == connection.peer_process() || is_cbundled(status.pid());
  if (status.pid() <= 0 || !is_sure) return {};
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, status.pid(), 0)));
}

// Closes the connection, for the daemon waits for that. Whether it ended in time, or, where its
// process is not known, said goodbye.
bool wait_until_gone(std::unique_ptr<Connection> connection, const Descriptor& process) {
  if (!process) return connection->wait_for_goodbye(max_wait);
  connection.reset();
  pollfd waiting{process.get(), POLLIN, 0};
  return ::poll(&waiting, 1, static_cast<int>(max_wait.count())) == 1;
}

ExitCode show(const std::string& text) {
  return print(text) ? ExitCode::done : ExitCode::build_failed;
}

ExitCode fail(const std::string& message) {
  say(Tone::error, message);
  return ExitCode::internal;
}

}  // namespace

ExitCode run_stop(const Arguments&, const Environment& environment) {
  Reached reached = connect_to_daemon(environment);
  if (reached.nobody) return show(reached.cause + '\n');
  if (!reached.connection) return fail(reached.cause);

  const std::string daemon = "the daemon at " + environment.paths.socket;
  const Descriptor process = process_of(*reached.connection);
  v1::StopResponse response;
  const CallEnd end = ask_admin(*reached.connection, "Stop", v1::StopRequest(), response);
  if (!end.is_ok() && end.how != CallEnd::How::lost) {
    return fail(daemon + " cannot be told to stop: " + end.message);
  }
  if (!wait_until_gone(std::move(reached.connection), process)) {
    return fail(daemon +
                " has been told to stop, but has work to finish\n  it takes no new calls, "
                "and will leave then");
  }
  return show(daemon + " has stopped\n");
}

}  // namespace cbundle
