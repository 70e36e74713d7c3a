// Asks the daemon, once more where it has just left, and then a one-shot.
#include "client/service.h"

#include "client/one_shot.h"
#include "client/terminal.h"

namespace cbundle {
namespace {

bool is_settled(const CallEnd& end) { return end.is_ok() || end.how == CallEnd::How::abandoned; }

// Why there is no answer.
struct Cause {
  std::string words;
  bool nobody = false;    // no daemon runs
  bool alarming = false;  // worth a person's worry
};

std::string words_of(const CallEnd& end, const std::string& socket) {
  const std::string subject = "the daemon at " + socket;
  if (end.how == CallEnd::How::answered) {
    return subject + " could not serve (status " + std::to_string(end.status) + "): " + end.message;
  }
  return subject + " failed: " + end.message;
}

// An old daemon that has nothing else to do leaves, and one that idled too long may be leaving.
bool may_be_replaced(const CallEnd& end, Connection& connection, std::chrono::milliseconds limit) {
  if (end.how == CallEnd::How::lost) return true;
  const bool says_so = end.how == CallEnd::How::answered &&
                       (end.status == grpc_failed_precondition || end.status == grpc_unavailable);
  return says_so && connection.wait_for_goodbye(limit);
}

// Nothing once the matter is settled.
std::optional<Cause> ask_daemon(const Environment& environment, const ServiceNeeds& needs,
                                const Attempt& attempt) {
  constexpr int max_rounds = 2;
  const auto& reach = needs.may_start ? connect_or_start : connect_to_daemon;
  Cause cause;
  for (int round = 0; round < max_rounds; ++round) {
    Reached reached = reach(environment, needs.patience);
    if (!reached.connection) {
      return Cause{std::move(reached.cause), reached.nobody, reached.alarming};
    }
    const CallEnd end = attempt(*reached.connection);
    if (is_settled(end)) return std::nullopt;
    cause.words = words_of(end, environment.paths.socket);
    if (!may_be_replaced(end, *reached.connection, needs.patience.leaving)) break;
  }
  return cause;
}

// `cause`: why there is need of it, if not by the caller's wish.
std::optional<Failure> ask_one_shot(const Environment& environment, const ServiceNeeds& needs,
                                    const Attempt& attempt, const std::optional<Cause>& cause) {
  auto one_shot = OneShot::start(environment, !environment.disabled, needs.patience.call);
  if (!one_shot) return one_shot.failure();
  // Who does not want a daemon started need not hear that none runs.
  const bool is_news = cause && !needs.quiet && (needs.may_start || !cause->nobody);
  if (is_news) {
    say(cause->alarming ? Tone::warning : Tone::note, cause->words + "\n  doing without it");
  }
  const CallEnd end = attempt(one_shot->connection());
  if (is_settled(end)) return std::nullopt;
  return Failure{ExitCode::internal, "the private cbundled failed: " + end.message};
}

}  // namespace

std::optional<Failure> serve(const Environment& environment, const ServiceNeeds& needs,
                             const Attempt& attempt) {
  if (environment.disabled || environment.daemon == DaemonUse::never) {
    return ask_one_shot(environment, needs, attempt, std::nullopt);
  }
  const std::optional<Cause> cause = ask_daemon(environment, needs, attempt);
  if (!cause) return std::nullopt;
  if (environment.daemon == DaemonUse::required) {
    return Failure{ExitCode::no_daemon,
                   cause->words +
                       "\n  CBUNDLE_DAEMON=required asks for one; with auto the "
                       "build would do without"};
  }
  return ask_one_shot(environment, needs, attempt, cause);
}

}  // namespace cbundle
