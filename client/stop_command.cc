// cbundle stop: lets the daemon finish its builds and leave, and waits for that.
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "client/admin_call.h"
#include "client/command.h"
#include "client/daemon.h"
#include "client/terminal.h"

namespace cbundle {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds longest_wait{30'000};

// The daemon's process, to wait for; empty where it did not open its socket itself, for the
// kernel then knows but who did.
Descriptor process_of(Connection& connection) {
  v1::StatusResponse status;
  if (!ask_admin(connection, "Status", v1::StatusRequest(), status).is_ok()) return {};
  const int process = connection.peer_process();
  if (process <= 0 || process != status.pid()) return {};
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
}

// Whether it has let go of the connection and, where we know it, ended.
bool wait_until_gone(Connection& connection, const Descriptor& process) {
  const auto deadline = steady_clock::now() + longest_wait;
  if (!connection.wait_until_closed(longest_wait)) return false;
  if (!process) return true;
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  pollfd waiting{process.get(), POLLIN, 0};
  return ::poll(&waiting, 1, std::max(static_cast<int>(left.count()), 0)) == 1;
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

  const std::string daemon = "the daemon at " + environment.places.socket;
  const Descriptor process = process_of(*reached.connection);
  v1::StopResponse response;
  const CallEnd end = ask_admin(*reached.connection, "Stop", v1::StopRequest(), response);
  if (!end.is_ok() && end.how != CallEnd::How::lost) {
    return fail(daemon + " cannot be told to stop: " + end.message);
  }
  if (!wait_until_gone(*reached.connection, process)) {
    return fail(daemon +
                " has been told to stop, but has work to finish\n  it takes no new calls, "
                "and will leave then");
  }
  return show(daemon + " has stopped\n");
}

}  // namespace cbundle
