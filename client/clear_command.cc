// cbundle clear: removes all results from the cache.
#include "client/admin_call.h"
#include "client/command.h"
#include "client/quantity.h"
#include "client/service.h"
#include "client/terminal.h"

namespace cbundle {

Result<ExitCode> run_clear(const Arguments&, const Environment& environment) {
  v1::ClearResponse response;
  TRY(call_daemon(environment, {.may_start = false}, [&](Connection& connection) {
    response.Clear();
    return call_admin(connection, "Clear", v1::ClearRequest(), response, std::nullopt);
  }));
  TRY(print("removed " + format_count(response.entries()) + " entries, freed " +
            format_size(response.freed()) + '\n'));
  return ExitCode::done;
}

}  // namespace cbundle
