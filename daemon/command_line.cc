#include "daemon/command_line.h"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/nearest.h"
#include "proto/paths.h"

namespace cbundle {
namespace {

Error bad_request(std::string message) { return {ErrorKind::bad_request, std::move(message)}; }

void add_settings(CLI::App& app, SettingTexts& texts) {
  const Config defaults;
  const auto add = [&](const auto& setting) {
    const std::string name(setting.name);
    const std::string value = text_of(defaults, name);
    const auto keep = [&texts, name](const std::string& text) { texts[name] = text; };
    app.add_option_function<std::string>(
           flag_of(name), keep,
           std::string(setting.help) + (value.empty() ? "" : " [" + value + "]"))
        ->type_name(std::string(setting.value))
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->group("Settings (each also as a variable: CBUNDLE_MAX_SIZE for --max-size)");
  };
  std::apply([&](const auto&... setting) { (add(setting), ...); }, settings);
  app.add_flag_callback(
      "--no-cache", [&texts] { texts["cache"] = "false"; }, "same as --cache false");
}

Error unknown_argument(const CLI::App& app, const std::string& word) {
  if (!word.starts_with('-')) return bad_request("unexpected argument '" + word + "'");
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) names.push_back(option->get_name());
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string option = word.substr(0, word.find('='));
  const std::string near = did_you_mean(option, known);
  return {ErrorKind::bad_request, "unknown option '" + option + "'",
          near.empty() ? "see 'cbundled --help'" : near};
}

Result<std::optional<int>> checked(int ready_fd) {
  if (ready_fd == -1) return std::optional<int>();
  if (ready_fd > STDERR_FILENO && ::fcntl(ready_fd, F_GETFD) >= 0) return std::optional(ready_fd);
  return bad_request("--ready-fd: " + std::to_string(ready_fd) + " is not an open descriptor");
}

}  // namespace

Result<CommandLine> parse_command_line(int argc, const char* const* argv) {
  CommandLine command_line;
  int ready_fd = -1;
  CLI::App app("cbundled builds bundles for cbundle and caches the results.", "cbundled");
  app.set_version_flag("-V,--version", "cbundled " CBUNDLE_VERSION);
  app.add_flag("--private", command_line.private_daemon,
               "run as a private daemon: serve the connection on descriptor 3 until it ends");
  app.add_option("--ready-fd", ready_fd,
                 "write a line there once connections are accepted, and close it")
      ->type_name("N");
  add_settings(app, command_line.settings);
  app.allow_extras();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    command_line.print = app.help();
  } catch (const CLI::CallForVersion& version) {
    command_line.print = std::string(version.what()) + '\n';
  } catch (const CLI::ParseError& error) {
    return bad_request(error.what());
  }
  const std::vector<std::string> unknown = app.remaining();
  if (!unknown.empty()) return unknown_argument(app, unknown.front());
  command_line.ready_fd = TRY(checked(ready_fd));
  return command_line;
}

Result<Configured> configure(const CommandLine& command_line, const SettingTexts& environment,
                             unsigned uid) {
  const SettingTexts& flags = command_line.settings;
  const auto variable = [&](const char* name) -> std::string_view {
    const auto flag = flags.find("cache_dir");
    if (flag != flags.end() && name == variable_of("cache_dir")) return flag->second;
    const auto found = environment.find(name);
    return found == environment.end() ? std::string_view() : found->second;
  };
  const Paths paths = paths_of(variable, uid);
  Layer defaults{SettingOrigin::built_in, {}};
  // A relative path is from a variable or a flag; the error below names that.
  if (paths.cache_dir.starts_with('/')) defaults.texts["cache_dir"] = paths.cache_dir;
  if (paths.socket.starts_with('/')) defaults.texts["socket"] = paths.socket;
  const std::array layers{defaults, layer_of_environment(environment),
                          Layer{SettingOrigin::flag, flags}};
  return configure(layers);
}

SettingTexts variables() {
  SettingTexts texts;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != text.npos) texts.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return texts;
}

}  // namespace cbundle
