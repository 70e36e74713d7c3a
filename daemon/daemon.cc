#include "daemon/daemon.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
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
#include "daemon/detach.h"
#include "daemon/listening_socket.h"
#include "daemon/log.h"
#include "daemon/predecessor.h"
#include "daemon/program_file.h"
#include "daemon/readiness_notifier.h"
#include "daemon/remote/remote_client.h"
#include "daemon/server.h"
#include "daemon/shutdown_request.h"
#include "daemon/timers.h"
#include "engine/base/memory.h"
#include "engine/digest/sha256.h"
#include "engine/tool/work_directory.h"

namespace cbundle {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int private_connection = 3;
constexpr seconds drain_limit{20};               // systemd kills after 30
constexpr milliseconds drain_interval{50};       // for the last bytes of an answer
constexpr milliseconds lock_timeout{4000};       // a client waits 5 s for a daemon it starts
constexpr milliseconds predecessor_limit{5000};  // after which results are kept in memory
constexpr std::uint64_t max_idle = 10ULL * 365 * 24 * 3600;  // seconds, without overflow

// The signals that request a shutdown, as a descriptor to poll.
class Signals {
 public:
  // Blocks them in this thread and all that it starts after this.
  Signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, signal);
    fd_ = Fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    // Without a descriptor they end the process, as usual.
    ::pthread_sigmask(fd_ ? SIG_BLOCK : SIG_UNBLOCK, &signals, nullptr);
  }

  int fd() const { return fd_.get(); }

  // The name of a signal that has arrived: "SIGTERM"; empty where none has.
  std::string take() const {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != sizeof info) return {};
    const char* name = ::sigabbrev_np(static_cast<int>(info.ssi_signo));
    return std::string("SIG") + (name == nullptr ? "?" : name);
  }

 private:
  Fd fd_;
};

// Null where none is set, and for a client that wants no cache at all (CBUNDLE_DISABLE=1). Called
// before the first digest is taken.
std::unique_ptr<RemoteCache> open_remote(const Config& config, bool is_private,
                                         Problems& problems) {
  if (config.remote.text.empty() || (is_private && !config.cache)) return nullptr;
  Digest::use_sha256(sha256_of);
  return std::make_unique<RemoteClient>(config, is_private, problems);
}

class Daemon {
 public:
  enum class Kind { shared, one_client };

  // `idle_exit`: seconds, 0 for never.
  Daemon(const Configured& configured, Kind kind, std::uint64_t idle_exit, Fd ready)
      : kind_(kind),
        readiness_(std::move(ready)),
        timers_(activity_, seconds(std::min(idle_exit, max_idle)), readiness_.watchdog_interval()),
        engine_(Engine::open(configured.config, problems_, kind == Kind::one_client,
                             open_remote(configured.config, kind == Kind::one_client, problems_))),
        server_(*engine_, problems_, configured, activity_, shutdown_,
                kind == Kind::shared ? &program_ : nullptr) {}

  // The socket, and with it the lock that the next daemon waits for, outlives this and its cache.
  void serve(ListeningSocket& socket) {
    Acceptor acceptor(socket.fd(), {[this](Fd connection) { server_.serve(std::move(connection)); },
                                    [this](unsigned uid) { reject(uid); }});
    const std::string path = socket.path();
    spdlog::info("cbundled {} serves {}", CBUNDLE_VERSION, path);
    readiness_.ready(path);
    report_shutdown(wait_for_shutdown(-1, &socket));
    acceptor.stop();
    socket.close();
    shutdown_.closed();
    drain(drain_limit);
  }

  void serve_one(Fd connection) {
    const Fd watched(::dup(connection.get()));
    server_.serve(std::move(connection));
    readiness_.ready("one connection");
    report_shutdown(wait_for_shutdown(watched.get(), nullptr));
    shutdown_.closed();
    drain(seconds(0));
  }

 private:
  void reject(unsigned uid) {
    spdlog::warn("rejected a connection from user {}", uid);
    engine_->store().count("daemon.foreign_peer");
  }

  void report_shutdown(const std::string& reason) {
    spdlog::info("shutting down: {}; {} builds are running", reason, activity_.builds());
    readiness_.stopping(reason);
  }

  // Returns the reason. `connection` is watched until its other end closes; -1 for none. So is the
  // file of `socket`, if there is one: without it no client comes, and the next one starts another
  // daemon, which needs the cache.
  std::string wait_for_shutdown(int connection, ListeningSocket* socket) {
    for (;;) {
      std::array<pollfd, 4> waits{{{signals_.fd(), POLLIN, 0},
                                   {shutdown_.fd(), POLLIN, 0},
                                   {connection, POLLRDHUP, 0},
                                   {socket != nullptr ? socket->watch() : -1, POLLIN, 0}}};
      ::poll(waits.data(), waits.size(), static_cast<int>(timers_.until_next().count()));
      readiness_.ping();
      if (activity_.calls() == 0) return_freed_memory();  // every minute, see Timers::max_wait
      if (std::string signal = signals_.take(); !signal.empty()) {
        was_signalled_ = true;
        return signal;
      }
      if (waits[1].revents != 0) return shutdown_.reason();
      if (waits[2].revents != 0) return "the client has disconnected";
      if (timers_.is_idle_exit_due()) return "idle";
      if (socket != nullptr && socket->is_gone()) return "its socket was removed";
    }
  }

  // A second signal ends the wait for builds.
  void drain(seconds limit) {
    const Fd drained(::eventfd(0, EFD_CLOEXEC));
    std::thread draining([&] {
      server_.drain();
      ::eventfd_write(drained.get(), 1);
    });
    timers_.start_drain(limit);
    std::array<pollfd, 2> waits{{{drained.get(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}}};
    while (waits[0].revents == 0) {
      // gRPC waits for connections without calls too; to these, and to it, nothing is owed.
      const bool is_idle = activity_.calls() == 0 && waits[1].revents == 0;
      if (timers_.is_drain_overdue()) server_.abort_calls();
      const auto wait = std::min(timers_.until_next(), drain_interval);
      const bool has_waited =
          ::poll(waits.data(), waits.size(), static_cast<int>(wait.count())) == 0;
      if (is_idle && has_waited && activity_.calls() == 0) server_.abort_calls();
      readiness_.ping();
      if (!signals_.take().empty() && std::exchange(was_signalled_, true)) server_.cancel_builds();
    }
    draining.join();
    spdlog::info("stopped");
  }

  Kind kind_;
  Signals signals_;  // before anything that starts threads
  bool was_signalled_ = false;
  ReadinessNotifier readiness_;
  Activity activity_;
  Timers timers_;
  ShutdownRequest shutdown_;
  // Those of a private daemon are its client's to show.
  Problems problems_{[this](const Problem& problem) {
    if (kind_ == Kind::shared) spdlog::warn("{}", text_of({problem.what}));
  }};
  std::unique_ptr<Engine> engine_;
  const ProgramFile program_;
  Server server_;
};

DaemonExit fail(const Error& error) {
  spdlog::error("{}", error.text());
  return error.kind == ErrorKind::bad_request ? DaemonExit::wrong_usage : DaemonExit::cannot_serve;
}

// Nothing where another daemon serves it. `listen_fds`: how many sockets systemd has passed.
Result<std::optional<ListeningSocket>> listening_socket(const Config& config, int listen_fds) {
  if (listen_fds == 0) return ListeningSocket::bind(config.socket, lock_timeout);
  if (listen_fds == 1) return std::optional(TRY(ListeningSocket::adopt(Fd(SD_LISTEN_FDS_START))));
  return Error{ErrorKind::bad_request,
               "systemd passed " + std::to_string(listen_fds) + " sockets, cbundled serves one"};
}

DaemonExit serve(const Configured& configured, int listen_fds, Fd ready) {
  auto socket = listening_socket(configured.config, listen_fds);
  if (!socket) return fail(socket.error());
  if (!socket.value()) {
    spdlog::info("another daemon serves {}", configured.config.socket.string());
    return DaemonExit::not_needed;
  }
  if (listen_fds > 0 && configured.config.cache) {
    replace_predecessor(configured.config.cache_dir, predecessor_limit);
  }
  Daemon(configured, Daemon::Kind::shared, configured.config.idle_exit, std::move(ready))
      .serve(*socket.value());
  return DaemonExit::done;
}

DaemonExit serve_one(const Configured& configured, Fd ready) {
  Fd connection(private_connection);
  if (::sd_is_socket_unix(connection.get(), SOCK_STREAM, 0, nullptr, 0) <= 0) {
    return fail({ErrorKind::bad_request, "--private: descriptor 3 is not a connected Unix socket"});
  }
  if (peer_of(connection.get()).uid != ::geteuid()) {
    return fail({ErrorKind::bad_request, "--private: descriptor 3 belongs to another user"});
  }
  ::fcntl(connection.get(), F_SETFL, ::fcntl(connection.get(), F_GETFL) | O_NONBLOCK);
  Daemon(configured, Daemon::Kind::one_client, 0, std::move(ready))
      .serve_one(std::move(connection));
  return DaemonExit::done;
}

// Those of the inherited descriptors that stay open.
std::vector<int> known_descriptors(const CommandLine& command_line, int listen_fds) {
  std::vector<int> known;
  if (command_line.private_daemon) known.push_back(private_connection);
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
  if (!command_line.private_daemon) open_log(LogStyle::full);

  const int listen_fds = command_line.private_daemon ? 0 : std::max(0, ::sd_listen_fds(1));
  const DaemonKind kind = command_line.private_daemon ? DaemonKind::private_daemon
                          : listen_fds > 0            ? DaemonKind::unit
                                                      : DaemonKind::shared;
  detach_from_caller(known_descriptors(command_line, listen_fds), kind);
  WorkDirectory::sweep();
  Fd ready(command_line.ready_fd.value_or(-1));
  const DaemonExit exit = command_line.private_daemon
                              ? serve_one(configured.value(), std::move(ready))
                              : serve(configured.value(), listen_fds, std::move(ready));
  WorkDirectory::leave();
  return exit;
}

}  // namespace cbundle
