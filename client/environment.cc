// Reads and checks the variables.
#include "client/environment.h"

#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "client/suggestion.h"

namespace cbundle {
namespace {

std::optional<Failure> read_daemon_use(std::string_view text, DaemonUse& use) {
  constexpr std::string_view known[] = {"auto", "required", "never"};
  constexpr DaemonUse uses[] = {DaemonUse::automatic, DaemonUse::required, DaemonUse::never};
  if (text.empty()) return std::nullopt;
  for (std::size_t i = 0; i < std::size(known); ++i) {
    if (text != known[i]) continue;
    use = uses[i];
    return std::nullopt;
  }
  return Failure{ExitCode::usage, "CBUNDLE_DAEMON is \"" + std::string(text) + "\"" +
                                      did_you_mean(text, known) +
                                      "\n  it may be auto, required or never"};
}

std::optional<Failure> read_disabled(std::string_view text, bool& disabled) {
  if (text.empty() || text == "0") return std::nullopt;
  if (text != "1") {
    return Failure{ExitCode::usage, "CBUNDLE_DISABLE is \"" + std::string(text) +
                                        "\"\n  it may be 1, or 0 or empty for no"};
  }
  disabled = true;
  return std::nullopt;
}

std::optional<Failure> check_places(const Paths& paths) {
  if (!paths.cache_dir.starts_with('/')) {
    return Failure{ExitCode::usage,
                   "CBUNDLE_CACHE_DIR must be absolute, and \"" + paths.cache_dir + "\" is not"};
  }
  if (const std::string trouble = trouble_with_socket(paths.socket); !trouble.empty()) {
    return Failure{ExitCode::usage, trouble};
  }
  return std::nullopt;
}

}  // namespace

Expected<Environment> environment_of(const GetVariable& variable, unsigned uid) {
  Environment environment;
  if (auto failure = read_daemon_use(variable("CBUNDLE_DAEMON"), environment.daemon)) {
    return *failure;
  }
  if (auto failure = read_disabled(variable("CBUNDLE_DISABLE"), environment.disabled)) {
    return *failure;
  }
  environment.program = variable("CBUNDLED");
  environment.paths = paths_of(variable, uid);
  if (auto failure = check_places(environment.paths)) return *failure;
  return environment;
}

std::string_view process_variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

Expected<Environment> environment_of_process() {
  return environment_of(process_variable, ::geteuid());
}

}  // namespace cbundle
