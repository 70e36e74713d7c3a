// Sizes and durations as people write and read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cbundle {

// 5368709120 for "5G"; K, M, G, T are powers of 1024. Nothing where it is no size.
std::optional<std::uint64_t> parse_size(std::string_view text);

// "12.3 MiB", "512 bytes".
std::string size_in_words(std::uint64_t bytes);

// "2 d 3 h", "5 min 7 s"; the two largest units.
std::string duration_in_words(std::uint64_t seconds);

}  // namespace cbundle
