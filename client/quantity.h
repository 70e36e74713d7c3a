// Sizes, durations and columns as text for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cbundle {

// "12.3 MiB", "512 bytes".
std::string format_size(std::uint64_t bytes);

// "12,345"
std::string format_count(std::uint64_t count);

// "2 d 3 h", "5 min 7 s"; the two largest units.
std::string format_duration(std::uint64_t seconds);

// "14:03:10", or "2026-11-26 14:03" if that is not of the day of `now`; both in seconds since the
// epoch, the text in local time.
std::string format_time(std::int64_t time, std::int64_t now);

// `text` in lines of at most 79 characters if its words allow it; the first one begins at `column`,
// the others are indented to it.
std::string wrapped(std::string_view text, std::size_t column);

// `text` with blanks at its end, `width` bytes at least.
std::string padded(std::string text, std::size_t width);

}  // namespace cbundle
