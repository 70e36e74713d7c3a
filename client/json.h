// The little JSON that the client prints.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cbundle {

// With the quotes. Bytes that are no UTF-8 become U+FFFD: JSON cannot hold them.
std::string json_string(std::string_view text);

// 1.234 for 1234.
std::string json_milliseconds(std::uint64_t microseconds);

}  // namespace cbundle
