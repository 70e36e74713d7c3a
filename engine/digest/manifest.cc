#include "engine/digest/manifest.h"

#include <algorithm>

namespace cbundle {
namespace {

bool has_name(const std::vector<Manifest::Field>& fields, const std::string& name) {
  return std::ranges::any_of(fields, [&](const auto& field) { return field.first == name; });
}

}  // namespace

void Manifest::field(std::string_view name, std::string_view value) {
  fields_.emplace_back(name, value);
}

StageKey Manifest::key() const {
  std::string bytes;
  for (const auto& [name, value] : fields_) {
    bytes += std::to_string(name.size()) + ':' + std::to_string(value.size()) + ':';
    bytes += name;
    bytes += value;
  }
  return {Digest::of(bytes)};
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
