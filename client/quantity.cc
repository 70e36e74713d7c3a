#include "client/quantity.h"

#include <algorithm>
#include <string_view>

namespace cbundle {

std::string format_size(std::uint64_t bytes) {
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

std::string format_duration(std::uint64_t seconds) {
  const auto format = [](std::uint64_t n, const char* unit, std::uint64_t m, const char* smaller) {
    return std::to_string(n) + unit + std::to_string(m) + smaller;
  };
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) return format(seconds / 60, " min ", seconds % 60, " s");
  if (seconds < 86400) return format(seconds / 3600, " h ", seconds % 3600 / 60, " min");
  return format(seconds / 86400, " d ", seconds % 86400 / 3600, " h");
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

}  // namespace cbundle
