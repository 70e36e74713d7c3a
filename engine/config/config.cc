#include "engine/config/config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/base/nearest.h"

namespace cbundle {
namespace {

constexpr std::string_view variable_prefix = "CBUNDLE_";

Error wants(std::string_view what, std::string_view text) {
  return {ErrorKind::bad_request,
          "want " + std::string(what) + ", not '" + std::string(text) + "'"};
}

// The number at the front of `text`, which is taken off; nothing where there is none.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

Result<void> read(std::string_view text, std::filesystem::path& out) {
  if (!text.starts_with('/')) return wants("an absolute path", text);
  out = text;
  return {};
}

Result<void> read(std::string_view text, bool& out) {
  if (text != "true" && text != "false") return wants("true or false", text);
  out = text == "true";
  return {};
}

Result<void> read(std::string_view text, std::uint64_t& out) {
  std::string_view rest = text;
  const std::optional<std::uint64_t> number = take_number(rest);
  if (!number || !rest.empty()) return wants("a whole number", text);
  out = *number;
  return {};
}

Result<void> read(std::string_view text, ByteCount& out) {
  out = TRY(parse_size(text));
  return {};
}

std::string write(const std::filesystem::path& value) { return value.string(); }
std::string write(bool value) { return value ? "true" : "false"; }
std::string write(std::uint64_t value) { return std::to_string(value); }

constexpr std::string_view suffixes = "KMGT";

// "5G" where that says it exactly.
std::string write(ByteCount value) {
  std::uint64_t number = value.bytes;
  std::string suffix;
  for (const char next : suffixes) {
    if (number == 0 || number % 1024 != 0) break;
    number /= 1024;
    suffix = next;
  }
  return std::to_string(number) + suffix;
}

// Calls `visit` with every Setting in turn.
template <class Visit>
void for_each_setting(Visit visit) {
  std::apply([&](const auto&... setting) { (visit(setting), ...); }, settings);
}

constexpr auto names =
    std::apply([](const auto&... setting) { return std::array{setting.name...}; }, settings);

// The setting as whoever set it wrote it.
std::string written(std::string_view name, SettingOrigin origin) {
  switch (origin) {
    case SettingOrigin::built_in: break;
    case SettingOrigin::environment: return variable_of(name);
    case SettingOrigin::flag: return flag_of(name);
  }
  return std::string(name);
}

Error no_such_setting(std::string_view name, SettingOrigin origin) {
  const std::string near = nearest(name, names);
  return {ErrorKind::bad_request,
          "there is no setting " + written(name, origin) +
              (near.empty() ? std::string() : "; did you mean " + written(near, origin) + "?")};
}

Result<void> lay_word(std::string_view name, std::string_view text, SettingOrigin origin,
                      Config& config) {
  if (std::ranges::count(names, name) == 0) return no_such_setting(name, origin);
  Result<void> outcome;
  for_each_setting([&](const auto& setting) {
    if (setting.name == name) outcome = read(text, config.*setting.field);
  });
  if (outcome) return outcome;
  return Error{ErrorKind::bad_request, written(name, origin) + ": " + outcome.error().text()};
}

// "max_size" for "CBUNDLE_MAX_SIZE"; empty for other variables.
std::string name_of_variable(std::string_view variable) {
  if (!variable.starts_with(variable_prefix)) return {};
  std::string name(variable.substr(variable_prefix.size()));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return name;
}

}  // namespace

std::string_view name_of(SettingOrigin origin) {
  switch (origin) {
    case SettingOrigin::built_in: return "built-in";
    case SettingOrigin::environment: return "environment";
    case SettingOrigin::flag: return "flag";
  }
  return "unknown";
}

Result<Configured> configure(std::span<const Layer> weakest_first) {
  Configured configured;
  for (const std::string_view name : names)
    configured.origins.emplace(name, SettingOrigin::built_in);
  for (const Layer& layer : weakest_first) {
    for (const auto& [name, text] : layer.words) {
      TRY(lay_word(name, text, layer.origin, configured.config));
      configured.origins[name] = layer.origin;
    }
  }
  return configured;
}

Layer layer_of_environment(const Words& environment) {
  Layer layer{SettingOrigin::environment, {}};
  for (const auto& [variable, text] : environment) {
    const std::string name = name_of_variable(variable);
    if (!text.empty() && !nearest(name, names).empty()) layer.words[name] = text;
  }
  return layer;
}

std::string variable_of(std::string_view name) {
  std::string text(variable_prefix);
  for (const char c : name) text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string flag_of(std::string_view name) {
  std::string text = "--";
  for (const char c : name) text += c == '_' ? '-' : c;
  return text;
}

std::string text_of(const Config& config, std::string_view name) {
  std::string text;
  for_each_setting([&](const auto& setting) {
    if (setting.name == name) text = write(config.*setting.field);
  });
  return text;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view what = "a size such as 500M or 5G";
  std::string_view rest = text;
  const std::optional<std::uint64_t> number = take_number(rest);
  if (!number || rest.size() > 1) return wants(what, text);
  if (rest.empty()) return *number;
  const char suffix = rest[0] >= 'a' ? static_cast<char>(rest[0] - 'a' + 'A') : rest[0];
  const std::size_t place = suffixes.find(suffix);
  if (place == suffixes.npos) return wants(what, text);
  const std::size_t shift = 10 * (place + 1);
  if (*number > std::numeric_limits<std::uint64_t>::max() >> shift) return wants(what, text);
  return *number << shift;
}

}  // namespace cbundle
