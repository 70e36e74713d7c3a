#include "client/environment.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>

#include "engine/base/nearest.h"
#include "engine/base/text.h"
#include "engine/config/config.h"

namespace cbundle {
namespace {

Error invalid(const std::string& variable, std::string_view value, const std::string& allowed,
              std::string hint = {}) {
  return {ErrorKind::bad_request,
          variable + ": invalid value " + quote(value) + " (use " + allowed + ")", std::move(hint)};
}

Result<DaemonUse> daemon_use_of(std::string_view text) {
  if (text.empty() || text == "auto") return DaemonUse::automatic;
  if (text == "required") return DaemonUse::required;
  if (text == "never") return DaemonUse::never;
  constexpr std::string_view known[] = {"auto", "required", "never"};
  return invalid("CBUNDLE_DAEMON", text, "auto, required or never", did_you_mean(text, known));
}

Result<bool> disabled_of(std::string_view text) {
  if (text.empty() || text == "0") return false;
  if (text == "1") return true;
  return invalid("CBUNDLE_DISABLE", text, "1 for yes, 0 or nothing for no");
}

}  // namespace

// A daemon reads the settings too, but whether one runs already must not matter.
Result<void> check_variables(const char* const* variables) {
  constexpr std::string_view own[] = {"CBUNDLE_DAEMON", "CBUNDLE_DISABLE"};
  SettingTexts texts;
  for (; *variables != nullptr; ++variables) {
    const std::string_view variable = *variables;
    if (!variable.starts_with("CBUNDLE_")) continue;
    const std::size_t equals = std::min(variable.find('='), variable.size());
    const std::string_view name = variable.substr(0, equals);
    if (std::ranges::find(own, name) != std::end(own)) continue;
    const std::string near = nearest(name.substr(std::min<std::size_t>(8, name.size())),
                                     std::array<std::string_view, 2>{"DAEMON", "DISABLE"});
    if (!near.empty()) {
      return Error{ErrorKind::bad_request, "unknown setting " + std::string(name),
                   "did you mean CBUNDLE_" + near + "?"};
    }
    texts.emplace(name, variable.substr(std::min(equals + 1, variable.size())));
  }
  const Layer layer = layer_of_environment(texts);
  const auto configured = configure(std::span(&layer, 1));
  if (!configured) return configured.error();
  return {};
}

std::vector<std::string> settings_in(const GetVariable& variable, const Paths& paths) {
  std::vector<std::string> found;
  const auto add = [&](std::string_view name) {
    const std::string_view value = variable(variable_of(name).c_str());
    const bool is_in_paths = name == "cache_dir" || name == "socket";
    if (is_in_paths || value.empty()) return;
    found.push_back(std::string(name) + '=' + std::string(value));
  };
  std::apply([&](const auto&... setting) { (add(setting.name), ...); }, settings);
  // Of all clients with the default socket, this one may mean another cache than its daemon.
  const auto is_set = [&](const char* name) { return !variable(name).empty(); };
  if (is_set("XDG_CACHE_HOME") && !is_set("CBUNDLE_CACHE_DIR") && !is_set("CBUNDLE_SOCKET")) {
    found.push_back("cache_dir=" + paths.cache_dir);
  }
  return found;
}

Result<Environment> environment_of(const GetVariable& variable, unsigned uid) {
  Environment environment;
  environment.daemon = TRY(daemon_use_of(variable("CBUNDLE_DAEMON")));
  environment.disabled = TRY(disabled_of(variable("CBUNDLE_DISABLE")));
  environment.program = variable("CBUNDLED");
  environment.paths = paths_of(variable, uid);
  const std::string& cache_dir = environment.paths.cache_dir;
  if (!cache_dir.starts_with('/')) {
    return invalid("CBUNDLE_CACHE_DIR", cache_dir, "an absolute path");
  }
  TRY(check_socket_path(environment.paths.socket));
  return environment;
}

std::string_view process_variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace cbundle
