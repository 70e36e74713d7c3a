#include "engine/bundle/spec.h"

#include <array>

namespace cbundle {

bool has_bounds(const Spec& spec) { return !spec.prefix.empty() || spec.mode == Mode::selfreloc; }

std::string prefix_of(const Spec& spec) { return spec.prefix.empty() ? "cbundle" : spec.prefix; }

namespace {

template <std::size_t count>
std::string_view name_in(const std::array<std::string_view, count>& names, auto value) {
  const auto index = static_cast<std::size_t>(value);
  return index < count ? names[index] : "unknown";
}

}  // namespace

std::string_view name_of(Layout layout) { return name_in<3>({"a", "b", "c"}, layout); }
std::string_view name_of(ImportKind kind) { return name_in<3>({"data", "func", "thumb"}, kind); }
std::string_view name_of(Mode mode) { return name_in<2>({"pic", "selfreloc"}, mode); }
std::string_view name_of(Verify verify) { return name_in<2>({"none", "relink"}, verify); }
std::string_view name_of(Form form) {
  return name_in<6>({"object", "asm", "image", "description", "c", "c header"}, form);
}

}  // namespace cbundle
