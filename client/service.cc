#include "client/service.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <vector>

#include "client/program.h"
#include "client/terminal.h"
#include "proto/private_runs.h"

namespace cbundle {
namespace {

// A cbundled that serves this client only. It runs in the client's directory, session and
// environment, and shares its standard error.
class PrivateDaemon {
 public:
  // Error{internal} says why it did not start.
  static Result<PrivateDaemon> start(const Environment& environment, const CallOptions& options) {
    std::string program = TRY(find_daemon_program(environment));
    SocketPair sockets = TRY(make_socket_pair());
    std::vector<std::string> arguments{"--private"};
    if (environment.disabled) arguments.emplace_back("--no-cache");
    const Fd nowhere(options.hide_log ? ::open("/dev/null", O_WRONLY | O_CLOEXEC) : -1);
    const pid_t process = TRY(start_program({std::move(program), std::move(arguments),
                                             sockets.theirs.get(), nowhere ? nowhere.get() : 2}));
    return PrivateDaemon(process, std::make_unique<Connection>(std::move(sockets.ours),
                                                               options.timeouts.call, true));
  }
  PrivateDaemon(PrivateDaemon&&) = default;

  // Disconnects and waits at most 10 s for its exit: it still writes to the cache.
  ~PrivateDaemon() {
    constexpr int max_wait_ms = 10'000;
    if (!connection_) return;
    connection_.reset();
    const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)));
    if (!process) return;
    pollfd waiting{process.get(), POLLIN, 0};
    if (::poll(&waiting, 1, max_wait_ms) == 0) ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, WNOHANG);
  }

  Connection& connection() { return *connection_; }

 private:
  PrivateDaemon(pid_t process, std::unique_ptr<Connection> connection)
      : process_(process), connection_(std::move(connection)) {}

  pid_t process_;
  std::unique_ptr<Connection> connection_;
};

bool is_final(const CallEnd& end) { return end.is_ok() || end.how == CallEnd::How::stopped; }

Error error_of(const CallEnd& end, const std::string& socket) {
  const std::string daemon = "the daemon at " + socket;
  if (end.how == CallEnd::How::answered) {
    return {ErrorKind::unavailable, daemon + " refused the call (status " +
                                        std::to_string(end.status) + "): " + end.message};
  }
  return {ErrorKind::unavailable, daemon + " failed: " + end.message};
}

// Whether the daemon is exiting: it is of another version and idle, or was idle for too long. One
// that stays says so by another status.
bool is_exiting(const CallEnd& end, Connection& connection, std::chrono::milliseconds timeout) {
  if (end.how == CallEnd::How::disconnected) return true;
  const bool may_exit = end.how == CallEnd::How::answered && end.status == grpc_unavailable;
  return may_exit && connection.wait_for_close(timeout);
}

Result<void> call_running_daemon(const Environment& environment, const CallOptions& options,
                                 const RpcCall& attempt) {
  constexpr int max_rounds = 2;
  const auto& connect = options.may_start ? connect_or_start : connect_to_daemon;
  if (options.may_start && is_known_as_wedged(environment.paths)) {
    return Error{ErrorKind::unavailable,
                 "the daemon at " + environment.paths.socket + " does not respond",
                 "see why its process is stopped, or end it: cbundle doctor"};
  }
  for (int round = 1;; ++round) {
    const std::unique_ptr<Connection> connection = TRY(connect(environment, options.timeouts));
    const CallEnd end = attempt(*connection);
    if (is_final(end)) return {};
    if (end.how == CallEnd::How::timed_out) {
      leave_word_of(environment.paths, connection->peer_process());
    }
    const bool is_replaceable = is_exiting(end, *connection, options.timeouts.exit);
    if (!is_replaceable || round == max_rounds) return error_of(end, environment.paths.socket);
  }
}

// Whether the record has another run of the last hour for that reason.
bool is_known(const Paths& paths, const std::string& reason) {
  constexpr std::int64_t hour = 3600;
  const std::int64_t now = std::time(nullptr);
  const std::vector<PrivateRun> runs = private_runs(paths);
  return std::ranges::any_of(
      runs, [&](const PrivateRun& run) { return run.reason == reason && now - run.time < hour; });
}

// Why a private daemon is used: a warning if the socket is suspicious, else a note. It is printed
// once an hour, or always with -v.
void report_reason(Error reason, const Paths& paths, Verbosity verbosity) {
  const std::string& text = reason.diagnostics.front().message;
  const bool is_printed =
      verbosity == Verbosity::verbose || (verbosity == Verbosity::normal && !is_known(paths, text));
  record_private_run(paths, text);
  if (!is_printed) return;
  const bool is_suspicious = reason.kind == ErrorKind::bad_request;
  reason.diagnostics.front().severity = is_suspicious ? Severity::warning : Severity::note;
  reason.diagnostics.push_back(
      {.severity = Severity::note, .message = "continuing with a private daemon"});
  print_diagnostics(reason.diagnostics);
}

Result<void> call_private_daemon(const Environment& environment, const CallOptions& options,
                                 const RpcCall& attempt, const Result<void>& asked) {
  PrivateDaemon daemon = TRY(PrivateDaemon::start(environment, options));
  // If none may be started, it is expected that none is running.
  const bool is_expected =
      asked || (!options.may_start && asked.error().kind == ErrorKind::no_daemon);
  if (!is_expected) report_reason(asked.error(), environment.paths, options.verbosity);
  const CallEnd end = attempt(daemon.connection());
  if (is_final(end)) return {};
  return Error{ErrorKind::internal, "the private daemon failed: " + end.message};
}

}  // namespace

Result<void> call_daemon(const Environment& environment, const CallOptions& options,
                         const RpcCall& attempt) {
  if (environment.disabled || environment.daemon == DaemonUse::never) {
    return call_private_daemon(environment, options, attempt, {});
  }
  Result<void> asked = call_running_daemon(environment, options, attempt);
  if (asked) return asked;
  if (environment.daemon == DaemonUse::required) {
    Error error{ErrorKind::no_daemon, asked.error().diagnostics};
    error.diagnostics.push_back(
        {.severity = Severity::note,
         .message =
             "CBUNDLE_DAEMON=required forbids to continue without a daemon; auto allows it"});
    return error;
  }
  return call_private_daemon(environment, options, attempt, asked);
}

}  // namespace cbundle
