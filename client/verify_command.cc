// cbundle verify: checks every result in the cache against its digest.
#include <unistd.h>

#include "client/admin_call.h"
#include "client/command.h"
#include "client/json.h"
#include "client/quantity.h"
#include "client/service.h"
#include "client/terminal.h"

namespace cbundle {
namespace {

void show_progress(const v1::VerifyResponse& progress) {
  print_on_stderr("\rchecked " + format_count(progress.checked()) + " of " +
                  format_count(progress.total()) + " entries");
}

std::string json_of(const v1::VerifyResponse& result) {
  JsonObject json;
  json.number("checked", result.checked()).number("dropped", result.dropped());
  return json.take() + '\n';
}

std::string text_of(const v1::VerifyResponse& result) {
  std::string text = "checked " + format_count(result.checked()) + " entries: ";
  if (result.dropped() == 0) return text + "all are right\n";
  text += format_count(result.dropped());
  return text + (result.dropped() == 1 ? " was" : " were") + " damaged, and dropped\n";
}

}  // namespace

// Damaged results are made again when they are needed; that there were some is worth a status of
// its own, since a disk or a memory is going bad.
Result<ExitCode> run_verify(const Arguments& arguments, const Environment& environment) {
  const bool on_terminal = ::isatty(STDERR_FILENO) == 1;
  v1::VerifyResponse result;
  TRY(call_daemon(environment, {.may_start = false}, [&](Connection& connection) {
    result.Clear();
    return call_admin(connection, "Verify", v1::VerifyRequest(), result, std::nullopt, [&] {
      if (on_terminal) show_progress(result);
    });
  }));
  if (on_terminal) print_on_stderr("\r\033[K");
  TRY(print(arguments.has(Option::json) ? json_of(result) : text_of(result)));
  return result.dropped() == 0 ? ExitCode::done : ExitCode::build_failed;
}

}  // namespace cbundle
