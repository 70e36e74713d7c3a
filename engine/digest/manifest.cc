#include "engine/digest/manifest.h"

#include <algorithm>

namespace cbundle {
namespace {

bool has_name(const std::vector<Manifest::Field>& fields, const std::string& name) {
  return std::ranges::any_of(fields, [&](const auto& field) { return field.first == name; });
}

void append(std::string_view name, std::string_view value, std::string& text) {
  text += std::to_string(name.size()) + ':' + std::to_string(value.size()) + ':';
  text += name;
  text += value;
}

}  // namespace

void Manifest::field(std::string_view name, std::string_view value) {
  fields_.emplace_back(name, value);
}

void Manifest::field(std::string_view name, const Digest& value) {
  digests_.emplace_back(fields_.size(), value.sha256);
  field(name, value.hex());
}

StageKey Manifest::key() const {
  std::string bytes;
  for (const auto& [name, value] : fields_) append(name, value, bytes);
  StageKey key{Digest::of(bytes)};
  const std::optional<std::string> shared = shared_text();
  key.digest.sha256 = shared ? sha256_if_used(*shared) : std::nullopt;
  return key;
}

std::optional<std::string> Manifest::shared_text() const {
  std::string text;
  auto digest = digests_.begin();
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const auto& [name, value] = fields_[i];
    const bool is_digest = digest != digests_.end() && digest->first == i;
    if (is_digest && !digest->second) return std::nullopt;
    append(name, is_digest ? digest->second->hex() : value, text);
    if (is_digest) ++digest;
  }
  return text;
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
