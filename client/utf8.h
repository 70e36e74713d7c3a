// Text that must be UTF-8: messages and JSON know no other.
#pragma once

#include <cstddef>
#include <string_view>

namespace cbundle {

// Bytes of the well-formed UTF-8 character at the beginning of `text`; 0 where there is none.
std::size_t utf8_character(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace cbundle
