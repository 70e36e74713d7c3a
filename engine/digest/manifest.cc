#include "engine/digest/manifest.h"

#include <algorithm>
#include <charconv>

namespace cbundle {
namespace {

// Takes "12:" off the front; npos where there is none.
std::size_t take_length(std::string_view& bytes) {
  std::size_t length = 0;
  const auto [end, code] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), length);
  const auto used = static_cast<std::size_t>(end - bytes.data());
  if (code != std::errc() || used >= bytes.size() || bytes[used] != ':') {
    return std::string_view::npos;
  }
  bytes.remove_prefix(used + 1);
  return length;
}

bool has_name(const std::vector<Manifest::Field>& fields, const std::string& name) {
  return std::ranges::any_of(fields, [&](const auto& field) { return field.first == name; });
}

}  // namespace

void Manifest::field(std::string_view name, std::string_view value) {
  fields_.emplace_back(name, value);
}

std::string Manifest::to_bytes() const {
  std::string bytes;
  for (const auto& [name, value] : fields_) {
    bytes += std::to_string(name.size()) + ':' + std::to_string(value.size()) + ':';
    bytes += name;
    bytes += value;
  }
  return bytes;
}

StageKey Manifest::key() const { return {Digest::of(to_bytes())}; }

std::vector<Manifest::Field> Manifest::fields_of(std::string_view bytes) {
  std::vector<Field> fields;
  while (!bytes.empty()) {
    const std::size_t name = take_length(bytes);
    const std::size_t value = name == bytes.npos ? name : take_length(bytes);
    if (value == bytes.npos || name > bytes.size() || value > bytes.size() - name) return {};
    fields.emplace_back(bytes.substr(0, name), bytes.substr(name, value));
    bytes.remove_prefix(name + value);
  }
  return fields;
}

std::string first_difference(const std::vector<Manifest::Field>& before,
                             const std::vector<Manifest::Field>& now) {
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (i < before.size() && before[i] == now[i]) continue;
    if (!has_name(before, now[i].first)) return now[i].first + " is new";
    if (i < before.size() && !has_name(now, before[i].first)) return before[i].first + " is gone";
    return now[i].first + " changed";
  }
  if (before.size() > now.size()) return before[now.size()].first + " is gone";
  return {};
}

}  // namespace cbundle
