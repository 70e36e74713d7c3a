// cbundle trim: evicts the least recently used results.
#include <unistd.h>

#include "client/admin_call.h"
#include "client/command.h"
#include "client/quantity.h"
#include "client/service.h"
#include "client/terminal.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

void show_progress(const v1::TrimResponse& progress) {
  print_on_stderr("\rfreed " + format_size(progress.freed()) + " of " +
                  format_size(progress.to_free()) + "\033[K");
}

}  // namespace

Result<ExitCode> run_trim(const Arguments& arguments, const Environment& environment) {
  v1::TrimRequest request;
  for (const GivenOption& given : arguments.options) {
    if (given.option != Option::max_size) continue;
    const Result<std::uint64_t> size = parse_size(given.value);
    if (!size) return Error{ErrorKind::bad_request, "--max-size: " + size.error().text()};
    if (size.value() == 0) {
      return Error{ErrorKind::bad_request, "--max-size 0 is no limit, as for the cache itself",
                   "to remove all results: cbundle clear"};
    }
    request.set_max_bytes(size.value());
  }
  const bool on_terminal = ::isatty(STDERR_FILENO) == 1;
  v1::TrimResponse response;
  TRY(call_daemon(environment, {.may_start = false}, [&](Connection& connection) {
    response.Clear();
    // Without a timeout, since a large cache takes its time; pings show whether the daemon lives.
    return call_admin(connection, "Trim", request, response, std::nullopt, [&] {
      if (on_terminal) show_progress(response);
    });
  }));
  if (on_terminal) print_on_stderr("\r\033[K");
  TRY(print("freed " + format_size(response.freed()) + '\n'));
  return ExitCode::done;
}

}  // namespace cbundle
