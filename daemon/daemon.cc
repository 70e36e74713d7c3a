// Start, wait, drain.
#include "daemon/daemon.h"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/acceptor.h"
#include "daemon/activity.h"
#include "daemon/command_line.h"
#include "daemon/departure.h"
#include "daemon/isolation.h"
#include "daemon/listening_socket.h"
#include "daemon/log.h"
#include "daemon/server.h"
#include "daemon/signals.h"
#include "daemon/supervisor.h"
#include "engine/base/memory.h"

namespace cbundle {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int one_shot_connection = 3;
constexpr seconds drain_patience{20};               // systemd kills after 30
constexpr milliseconds predecessor_patience{4000};  // a client waits 5 s for a daemon it starts
constexpr std::uint64_t max_idle = 10ULL * 365 * 24 * 3600;  // seconds, and no overflow

// What is served, and how it comes to an end.
class Daemon {
 public:
  Daemon(const Configured& configured, Fd ready)
      : idle_exit_(std::min(configured.config.idle_exit, max_idle)),
        supervisor_(std::move(ready)),
        engine_(Engine::open(configured.config,
                             [](const std::string& text) { spdlog::warn("{}", text); })),
        server_(*engine_, configured, activity_, departure_) {}

  void serve(ListeningSocket socket) {
    Acceptor acceptor(socket.fd(), {[this](Fd connection) { server_.serve(std::move(connection)); },
                                    [this](unsigned uid) { turn_away(uid); }});
    const std::string path = socket.path();
    spdlog::info("cbundled {} serves {}", CBUNDLE_VERSION, path);
    supervisor_.ready(path);
    say_that_we_leave(wait_for_a_reason(-1));
    acceptor.stop();
    socket.close();
    departure_.closed();
    drain(drain_patience);
  }

  void serve_one(Fd connection) {
    const Fd watched(::dup(connection.get()));
    server_.serve(std::move(connection));
    supervisor_.ready("one connection");
    say_that_we_leave(wait_for_a_reason(watched.get()));
    departure_.closed();
    drain(seconds(0));
  }

 private:
  void turn_away(unsigned uid) {
    spdlog::warn("turned away a process of user {}", uid);
    engine_->store().count("daemon.foreign_peer");
  }

  void say_that_we_leave(const std::string& reason) {
    spdlog::info("leaving: {}; {} builds run", reason, activity_.builds());
    supervisor_.leaving(reason);
  }

  // `connection` is watched for its other end to go; -1 for none.
  std::string wait_for_a_reason(int connection) {
    for (;;) {
      std::array<pollfd, 3> waits{
          {{signals_.fd(), POLLIN, 0}, {departure_.fd(), POLLIN, 0}, {connection, POLLRDHUP, 0}}};
      const milliseconds limit = std::min(until_idle_exit(connection >= 0), until_watchdog());
      ::poll(waits.data(), waits.size(), static_cast<int>(limit.count()));
      supervisor_.alive();
      if (activity_.calls() == 0) return_freed_memory();  // every minute, see max_wait
      if (std::string signal = signals_.take(); !signal.empty()) return signal;
      if (waits[1].revents != 0) return departure_.reason();
      if (waits[2].revents != 0) return "the caller has left";
      if (until_idle_exit(connection >= 0) == milliseconds(0)) return "nothing to do";
    }
  }

  static constexpr milliseconds max_wait{60'000};

  // Rounded up, so that a wait of that long is long enough.
  milliseconds until_idle_exit(bool one_shot) {
    if (one_shot || idle_exit_ == seconds(0)) return max_wait;
    const auto left = activity_.idle_since() + idle_exit_ - Activity::Clock::now();
    return std::clamp(std::chrono::ceil<milliseconds>(left), milliseconds(0), max_wait);
  }

  milliseconds until_watchdog() const {
    const auto interval = supervisor_.watchdog_interval();
    if (!interval) return max_wait;
    return std::min(std::chrono::floor<milliseconds>(*interval), max_wait);
  }

  // A second signal is somebody who does not want to wait.
  void drain(seconds patience) {
    const Fd drained(::eventfd(0, EFD_CLOEXEC));
    std::thread draining([&] {
      server_.drain(patience);
      ::eventfd_write(drained.get(), 1);
    });
    std::array<pollfd, 2> waits{{{drained.get(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}}};
    while (waits[0].revents == 0) {
      ::poll(waits.data(), waits.size(), static_cast<int>(until_watchdog().count()));
      supervisor_.alive();
      if (!signals_.take().empty()) server_.cancel_builds();
    }
    draining.join();
    spdlog::info("left");
  }

  seconds idle_exit_;
  Signals signals_;  // before anything that has threads
  Supervisor supervisor_;
  Activity activity_;
  Departure departure_;
  std::unique_ptr<Engine> engine_;
  Server server_;
};

DaemonExit fail(const Error& error) {
  spdlog::error("{}", error.text());
  return error.kind == ErrorKind::bad_request ? DaemonExit::wrong_usage : DaemonExit::cannot_serve;
}

// `listen_fds`: how many sockets systemd has given us.
Result<std::variant<ListeningSocket, ServedByAnother>> listening_socket(const Config& config,
                                                                        int listen_fds) {
  if (listen_fds == 0) return ListeningSocket::bind(config.socket, predecessor_patience);
  if (listen_fds > 1) {
    return Error{ErrorKind::bad_request,
                 "systemd gave " + std::to_string(listen_fds) + " sockets, and one is wanted"};
  }
  return std::variant<ListeningSocket, ServedByAnother>(
      TRY(ListeningSocket::adopt(Fd(SD_LISTEN_FDS_START))));
}

DaemonExit serve(const Configured& configured, int listen_fds, Fd ready) {
  auto socket = listening_socket(configured.config, listen_fds);
  if (!socket) return fail(socket.error());
  if (std::holds_alternative<ServedByAnother>(socket.value())) {
    spdlog::info("another daemon serves {}", configured.config.socket.string());
    return DaemonExit::not_needed;
  }
  Daemon(configured, std::move(ready)).serve(std::get<ListeningSocket>(std::move(socket).value()));
  return DaemonExit::done;
}

DaemonExit serve_one(const Configured& configured, Fd ready) {
  Fd connection(one_shot_connection);
  if (::sd_is_socket_unix(connection.get(), SOCK_STREAM, 0, nullptr, 0) <= 0) {
    return fail(
        {ErrorKind::bad_request, "--one-shot: descriptor 3 is not a connected Unix socket"});
  }
  if (uid_of_peer(connection.get()) != ::geteuid()) {
    return fail({ErrorKind::bad_request, "--one-shot: descriptor 3 belongs to another user"});
  }
  ::fcntl(connection.get(), F_SETFL, ::fcntl(connection.get(), F_GETFL) | O_NONBLOCK);
  Daemon(configured, std::move(ready)).serve_one(std::move(connection));
  return DaemonExit::done;
}

// What to keep of the descriptors we were started with.
std::vector<int> known_descriptors(const CommandLine& command_line, int listen_fds) {
  std::vector<int> known;
  if (command_line.one_shot) known.push_back(one_shot_connection);
  if (command_line.ready_fd) known.push_back(*command_line.ready_fd);
  for (int i = 0; i < listen_fds; ++i) known.push_back(SD_LISTEN_FDS_START + i);
  return known;
}

}  // namespace

DaemonExit run_daemon(int argc, const char* const* argv) {
  open_log(LogStyle::terse);
  const Result<CommandLine> parsed = parse_command_line(argc, argv);
  if (!parsed) return fail(parsed.error());
  const CommandLine& command_line = parsed.value();
  if (!command_line.print.empty()) {
    std::fputs(command_line.print.c_str(), stdout);
    return DaemonExit::done;
  }
  const Result<Configured> configured = configure(command_line, variables(), ::geteuid());
  if (!configured) return fail(configured.error());
  if (!command_line.one_shot) open_log(LogStyle::full);

  const int listen_fds = command_line.one_shot ? 0 : std::max(0, ::sd_listen_fds(1));
  leave_the_callers_world(known_descriptors(command_line, listen_fds));
  Fd ready(command_line.ready_fd.value_or(-1));
  if (command_line.one_shot) return serve_one(configured.value(), std::move(ready));
  return serve(configured.value(), listen_fds, std::move(ready));
}

}  // namespace cbundle
