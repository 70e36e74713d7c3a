#include "client/quantity.h"

#include <algorithm>
#include <ctime>
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

std::string format_count(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
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

std::string format_time(std::int64_t time, std::int64_t now) {
  const std::time_t then = time;
  const std::time_t today = now;
  std::tm local{};
  std::tm current{};
  ::localtime_r(&then, &local);
  ::localtime_r(&today, &current);
  const bool is_today = local.tm_year == current.tm_year && local.tm_yday == current.tm_yday;
  char text[32];
  const std::size_t size =
      std::strftime(text, sizeof text, is_today ? "%H:%M:%S" : "%Y-%m-%d %H:%M", &local);
  return {text, size};
}

std::string wrapped(std::string_view text, std::size_t column) {
  constexpr std::size_t width = 79;
  const std::size_t room = width - std::min(column, width - 1);
  std::string lines;
  while (text.size() > room) {
    std::size_t end = text.rfind(' ', room);
    if (end == text.npos) end = text.find(' ');
    if (end == text.npos) break;
    lines += std::string(text.substr(0, end)) + '\n' + std::string(column, ' ');
    text.remove_prefix(end + 1);
  }
  return lines.append(text);
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

}  // namespace cbundle
