#include "engine/config/config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include "engine/base/nearest.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

constexpr std::string_view variable_prefix = "CBUNDLE_";

Error invalid(std::string_view text, const std::string& allowed) {
  return {ErrorKind::bad_request, "invalid value " + quote(text) + " (use " + allowed + ")"};
}

Result<void> read(std::string_view text, std::filesystem::path& out) {
  if (!text.starts_with('/')) return invalid(text, "an absolute path");
  out = text;
  return {};
}

Result<void> read(std::string_view text, bool& out) {
  if (text != "true" && text != "false") return invalid(text, "true or false");
  out = text == "true";
  return {};
}

Result<void> read(std::string_view text, std::uint64_t& out) {
  const char* const end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, out);
  if (code != std::errc() || rest != end) return invalid(text, "a whole number");
  return {};
}

Result<void> read(std::string_view text, ByteCount& out) {
  out = TRY(parse_size(text));
  return {};
}

Result<void> read(std::string_view text, RemoteMode& out) {
  if (text != "read-only" && text != "read-write") return invalid(text, "read-only or read-write");
  out = text == "read-only" ? RemoteMode::read_only : RemoteMode::read_write;
  return {};
}

// Whether it can be told from the rest of a blob's resource name.
bool is_instance(std::string_view name) {
  constexpr std::array<std::string_view, 8> reserved{
      "",           "blobs",        "uploads",         "actions", "actionResults",
      "operations", "capabilities", "compressed-blobs"};
  if (name.empty()) return true;  // the server's default
  const std::string segments = "/" + std::string(name) + "/";
  return std::ranges::none_of(reserved, [&](std::string_view segment) {
    return segments.find("/" + std::string(segment) + "/") != segments.npos;
  });
}

Result<void> read(std::string_view text, RemoteAddress& out) {
  if (text.empty()) {
    out = {};
    return {};
  }
  const Error wrong = invalid(text, "grpc://HOST:PORT[/INSTANCE], grpcs://… or unix:/PATH");
  RemoteAddress address{std::string(text), {}, {}, text.starts_with("grpcs://")};
  if (text.starts_with("unix:/")) {
    address.target = text;
  } else if (text.starts_with("grpc://") || address.has_tls) {
    const std::string_view rest = text.substr(text.find("//") + 2);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    address.target = rest.substr(0, slash);
    address.instance = rest.substr(std::min(slash + 1, rest.size()));
    const std::size_t colon = address.target.rfind(':');
    std::uint64_t port = 0;
    const bool has_port = colon != 0 && colon != std::string::npos &&
                          read(std::string_view(address.target).substr(colon + 1), port);
    if (!has_port || port == 0 || port > 65535) return wrong;
    if (address.target.find('@') != std::string::npos) return wrong;  // a password in the open
    if (!is_instance(address.instance)) return wrong;
  } else {
    return wrong;
  }
  out = std::move(address);
  return {};
}

std::string write(const RemoteAddress& value) { return value.text; }
std::string write(RemoteMode value) {
  return value == RemoteMode::read_only ? "read-only" : "read-write";
}
std::string write(const std::filesystem::path& value) { return value.string(); }
std::string write(bool value) { return value ? "true" : "false"; }
std::string write(std::uint64_t value) { return std::to_string(value); }

// "5G" if that is exact.
std::string write(ByteCount value) {
  std::uint64_t number = value.bytes;
  std::string suffix;
  for (const char next : std::string_view("KMGT")) {
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

// The setting's name as it is written there.
std::string name_at(std::string_view name, SettingOrigin origin) {
  switch (origin) {
    case SettingOrigin::built_in: break;
    case SettingOrigin::environment: return variable_of(name);
    case SettingOrigin::flag: return flag_of(name);
  }
  return std::string(name);
}

Error no_such_setting(std::string_view name, SettingOrigin origin) {
  const std::string near = nearest(name, names);
  return {ErrorKind::bad_request, "unknown setting " + name_at(name, origin),
          near.empty() ? near : "did you mean " + name_at(near, origin) + "?"};
}

Result<void> apply(std::string_view name, std::string_view text, SettingOrigin origin,
                   Config& config) {
  if (std::ranges::count(names, name) == 0) return no_such_setting(name, origin);
  Result<void> outcome;
  for_each_setting([&](const auto& setting) {
    if (setting.name == name) outcome = read(text, config.*setting.field);
  });
  if (outcome) return outcome;
  return Error{ErrorKind::bad_request, name_at(name, origin) + ": " + outcome.error().text()};
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

Result<Configured> configure(std::span<const Layer> lowest_priority_first) {
  Configured configured;
  for (const std::string_view name : names)
    configured.origins.emplace(name, SettingOrigin::built_in);
  for (const Layer& layer : lowest_priority_first) {
    for (const auto& [name, text] : layer.texts) {
      TRY(apply(name, text, layer.origin, configured.config));
      configured.origins[name] = layer.origin;
    }
  }
  return configured;
}

Layer layer_of_environment(const SettingTexts& variables) {
  Layer layer{SettingOrigin::environment, {}};
  for (const auto& [variable, text] : variables) {
    const std::string name = name_of_variable(variable);
    if (!text.empty() && !nearest(name, names).empty()) layer.texts[name] = text;
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

}  // namespace cbundle
