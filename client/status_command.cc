// cbundle status: whether a daemon runs, and its settings.
#include <algorithm>
#include <ctime>

#include "client/admin_call.h"
#include "client/command.h"
#include "client/daemon.h"
#include "client/quantity.h"
#include "client/terminal.h"

namespace cbundle {
namespace {

std::string text_of(const v1::StatusResponse& status, const Environment& environment) {
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
  return text;
}

}  // namespace

Result<ExitCode> run_status(const Arguments&, const Environment& environment) {
  Result<std::unique_ptr<Connection>> connection = connect_to_daemon(environment);
  if (!connection && connection.error().kind == ErrorKind::no_daemon) {
    TRY(print(connection.error().text() + '\n'));
    return ExitCode::no_daemon;
  }
  if (!connection) return Error{ErrorKind::no_daemon, connection.error().diagnostics};
  v1::StatusResponse status;
  const CallEnd end = call_admin(*connection.value(), "Status", v1::StatusRequest(), status);
  if (!end.is_ok()) {
    return Error{ErrorKind::no_daemon,
                 "the daemon at " + environment.paths.socket + " failed: " + end.message};
  }
  TRY(print(text_of(status, environment)));
  return ExitCode::done;
}

}  // namespace cbundle
