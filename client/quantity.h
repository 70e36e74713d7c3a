// Sizes, durations and columns as text for people.
#pragma once

#include <cstdint>
#include <string>

namespace cbundle {

// "12.3 MiB", "512 bytes".
std::string format_size(std::uint64_t bytes);

// "2 d 3 h", "5 min 7 s"; the two largest units.
std::string format_duration(std::uint64_t seconds);

// `text` with blanks at its end, `width` bytes at least.
std::string padded(std::string text, std::size_t width);

}  // namespace cbundle
