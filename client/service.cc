#include "client/service.h"

#include "client/private_daemon.h"
#include "client/terminal.h"

namespace cbundle {
namespace {

bool is_final(const CallEnd& end) { return end.is_ok() || end.how == CallEnd::How::stopped; }

Error error_of(const CallEnd& end, const std::string& socket) {
  const std::string daemon = "the daemon at " + socket;
  if (end.how == CallEnd::How::answered) {
    return {ErrorKind::unavailable, daemon + " refused the call (status " +
                                        std::to_string(end.status) + "): " + end.message};
  }
  return {ErrorKind::unavailable, daemon + " failed: " + end.message};
}

// Whether the daemon is exiting: it is of another version and idle, or was idle for too long.
bool is_exiting(const CallEnd& end, Connection& connection, std::chrono::milliseconds timeout) {
  if (end.how == CallEnd::How::disconnected) return true;
  const bool may_exit = end.how == CallEnd::How::answered &&
                        (end.status == grpc_failed_precondition || end.status == grpc_unavailable);
  return may_exit && connection.wait_for_close(timeout);
}

Result<void> ask_daemon(const Environment& environment, const ServeOptions& options,
                        const Attempt& attempt) {
  constexpr int max_rounds = 2;
  const auto& connect = options.may_start ? connect_or_start : connect_to_daemon;
  for (int round = 1;; ++round) {
    const std::unique_ptr<Connection> connection = TRY(connect(environment, options.timeouts));
    const CallEnd end = attempt(*connection);
    if (is_final(end)) return {};
    const bool is_replaceable = is_exiting(end, *connection, options.timeouts.exit);
    if (!is_replaceable || round == max_rounds) return error_of(end, environment.paths.socket);
  }
}

// Why a private daemon is used: a warning if the socket is suspicious, else a note.
void print_reason(Error reason) {
  const bool is_suspicious = reason.kind == ErrorKind::bad_request;
  reason.diagnostics.front().severity = is_suspicious ? Severity::warning : Severity::note;
  reason.diagnostics.push_back(
      {.severity = Severity::note, .message = "continuing with a private daemon"});
  print_diagnostics(reason.diagnostics);
}

Result<void> ask_private_daemon(const Environment& environment, const ServeOptions& options,
                                const Attempt& attempt, const Result<void>& asked) {
  PrivateDaemon daemon =
      TRY(PrivateDaemon::start(environment, !environment.disabled, options.timeouts.call));
  // That none is running is not worth a note if none may be started.
  const bool is_expected =
      asked || (!options.may_start && asked.error().kind == ErrorKind::no_daemon);
  if (!is_expected && !options.quiet) print_reason(asked.error());
  const CallEnd end = attempt(daemon.connection());
  if (is_final(end)) return {};
  return Error{ErrorKind::internal, "the private daemon failed: " + end.message};
}

}  // namespace

Result<void> serve(const Environment& environment, const ServeOptions& options,
                   const Attempt& attempt) {
  if (environment.disabled || environment.daemon == DaemonUse::never) {
    return ask_private_daemon(environment, options, attempt, {});
  }
  Result<void> asked = ask_daemon(environment, options, attempt);
  if (asked) return asked;
  if (environment.daemon == DaemonUse::required) {
    Error error{ErrorKind::no_daemon, asked.error().diagnostics};
    error.diagnostics.push_back(
        {.severity = Severity::note,
         .message =
             "CBUNDLE_DAEMON=required forbids to continue without a daemon; auto allows it"});
    return error;
  }
  return ask_private_daemon(environment, options, attempt, asked);
}

}  // namespace cbundle
