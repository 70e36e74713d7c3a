// Reads sizes; writes sizes and durations.
#include "client/quantity.h"

#include <charconv>
#include <limits>

namespace cbundle {

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view suffixes = "KMGT";
  unsigned shift = 0;
  if (!text.empty()) {
    const char upper =
        text.back() >= 'a' ? static_cast<char>(text.back() - 'a' + 'A') : text.back();
    const std::size_t power = suffixes.find(upper);
    if (power != std::string_view::npos) {
      shift = 10 * (static_cast<unsigned>(power) + 1);
      text.remove_suffix(1);
    }
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number || number > std::numeric_limits<std::uint64_t>::max() >> shift) return {};
  return number << shift;
}

std::string size_in_words(std::uint64_t bytes) {
  constexpr std::string_view units[] = {" KiB", " MiB", " GiB", " TiB"};
  if (bytes < 1024) return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  std::size_t unit = 0;
  unsigned shift = 10;
  while (unit + 1 < std::size(units) && bytes >> shift >= 1024) {
    ++unit;
    shift += 10;
  }
  const std::uint64_t tenths = (bytes >> (shift - 10)) * 10 >> 10;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + std::string(units[unit]);
}

std::string duration_in_words(std::uint64_t seconds) {
  const auto words = [](std::uint64_t n, const char* unit, std::uint64_t m, const char* smaller) {
    return std::to_string(n) + unit + std::to_string(m) + smaller;
  };
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) return words(seconds / 60, " min ", seconds % 60, " s");
  if (seconds < 86400) return words(seconds / 3600, " h ", seconds % 3600 / 60, " min");
  return words(seconds / 86400, " d ", seconds % 86400 / 3600, " h");
}

}  // namespace cbundle
