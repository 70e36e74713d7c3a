// cbundle status: whether a daemon runs, its settings, and what is wrong with it.
#include <algorithm>
#include <ctime>

#include "client/admin_call.h"
#include "client/command.h"
#include "client/daemon.h"
#include "client/json.h"
#include "client/quantity.h"
#include "client/report.h"
#include "client/terminal.h"
#include "proto/errors.h"

namespace cbundle {
namespace {

std::string status_text(const v1::StatusResponse& status, const Environment& environment) {
  const auto age =
      static_cast<std::uint64_t>(std::max<std::int64_t>(std::time(nullptr) - status.started(), 0));
  std::string text = padded("version", 12) + status.version();
  if (status.version() != CBUNDLE_VERSION) text += " (this client is " CBUNDLE_VERSION ")";
  text += '\n' + padded("process", 12) + std::to_string(status.pid()) + '\n';
  text += padded("running for", 12) + format_duration(age) + '\n';
  text += padded("builds now", 12) + std::to_string(status.builds_running()) + '\n';
  text += padded("socket", 12) + environment.paths.socket + '\n';
  text += padded("log", 12) + environment.paths.log + " (if a client started it)\n";
  if (!status.settings().empty()) text += "settings\n";
  for (const v1::SettingValue& setting : status.settings()) {
    text +=
        "  " + padded(setting.name(), 9) + ' ' + setting.value() + "  (" + setting.origin() + ")\n";
  }
  if (!status.problems().empty()) text += "problems ('cbundle doctor' says more)\n";
  for (const v1::Problem& problem : status.problems()) {
    text += "  " + wrapped(text_of({diagnostic_of(problem.what())}), 4) + '\n';
  }
  return text;
}

std::string json_of(const v1::StatusResponse& status, const Environment& environment) {
  JsonObject json;
  json.boolean("running", true).text("version", status.version()).number("pid", status.pid());
  json.number("started", status.started()).number("builds_running", status.builds_running());
  json.text("socket", environment.paths.socket).text("log", environment.paths.log);
  json.raw("settings", json_array(status.settings(), [](const v1::SettingValue& setting) {
             JsonObject each;
             each.text("name", setting.name()).text("value", setting.value());
             return each.text("origin", setting.origin()).take();
           }));
  json.raw("problems", json_array(status.problems(), [](const v1::Problem& problem) {
             JsonObject each;
             each.text("name", problem.name()).number("since", problem.since());
             return each.raw("what", json_of_diagnostic(diagnostic_of(problem.what()))).take();
           }));
  return json.take() + '\n';
}

// Nobody is served: the text for people is that of the error.
Result<ExitCode> not_running(const Error& error, bool wants_json) {
  JsonObject json;
  json.boolean("running", false).text("message", error.text());
  TRY(print((wants_json ? json.take() : error.text()) + '\n'));
  return ExitCode::no_daemon;
}

}  // namespace

Result<ExitCode> run_status(const Arguments& arguments, const Environment& environment) {
  const bool wants_json = arguments.has(Option::json);
  Result<std::unique_ptr<Connection>> connection = connect_to_daemon(environment);
  if (!connection && connection.error().kind == ErrorKind::no_daemon) {
    return not_running(connection.error(), wants_json);
  }
  if (!connection) return Error{ErrorKind::no_daemon, connection.error().diagnostics};
  v1::StatusResponse status;
  const CallEnd end = call_admin(*connection.value(), "Status", v1::StatusRequest(), status);
  if (!end.is_ok()) {
    return Error{ErrorKind::no_daemon,
                 "the daemon at " + environment.paths.socket + " failed: " + end.message};
  }
  TRY(print(wants_json ? json_of(status, environment) : status_text(status, environment)));
  return ExitCode::done;
}

}  // namespace cbundle
