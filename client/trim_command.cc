// cbundle trim: evicts what was least recently used.
#include <optional>

#include "client/admin_call.h"
#include "client/command.h"
#include "client/quantity.h"
#include "client/service.h"
#include "client/terminal.h"

namespace cbundle {
namespace {

Expected<v1::TrimRequest> request_of(const Arguments& arguments) {
  v1::TrimRequest request;
  for (const GivenOption& given : arguments.options) {
    if (given.option != Option::max_size) continue;
    const auto size = parse_size(given.value);
    if (!size) {
      return Failure{ExitCode::usage, "--max-size \"" + std::string(given.value) +
                                          "\" is no size\n  write bytes, or a number with K, M, "
                                          "G or T: 500M"};
    }
    request.set_max_bytes(*size);
  }
  return request;
}

ExitCode fail(const Failure& failure) {
  say(Tone::error, failure.message);
  return failure.code;
}

}  // namespace

ExitCode run_trim(const Arguments& arguments, const Environment& environment) {
  auto request = request_of(arguments);
  if (!request) return fail(request.failure());
  v1::TrimResponse response;
  const auto failure = serve(environment, {.may_start = false}, [&](Connection& connection) {
    response.Clear();
    // A large cache takes its time; pings tell whether anybody is at work.
    return ask_admin(connection, "Trim", *request, response, std::nullopt);
  });
  if (failure) return fail(*failure);
  const bool is_told = print("freed " + size_in_words(response.freed()) + '\n');
  return is_told ? ExitCode::done : ExitCode::build_failed;
}

}  // namespace cbundle
