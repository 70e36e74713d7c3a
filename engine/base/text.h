// Small pieces of text for messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cbundle {

// 'name'
inline std::string quote(std::string_view name) { return "'" + std::string(name) + "'"; }

// 0x1c
std::string hex(std::uint64_t value);

// "text" with quotes and JSON's escapes; bytes that are not ASCII pass as they are.
std::string json_string(std::string_view text);

// `text` with every `from` replaced by `to`.
std::string replaced(std::string_view text, std::string_view from, std::string_view to);

}  // namespace cbundle
