// Small pieces of text: quoting, numbers, UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace cbundle {

// 'name'
inline std::string quote(std::string_view name) { return "'" + std::string(name) + "'"; }

// 0x1c
std::string hex(std::uint64_t value);

// "text" with quotes and JSON's escapes. Bytes that are not UTF-8 become U+FFFD, since JSON cannot
// hold them.
std::string json_string(std::string_view text);

// `text` with every `from` replaced by `to`.
std::string replaced(std::string_view text, std::string_view from, std::string_view to);

// Length in bytes of the well-formed UTF-8 character at the start of `text`; 0 if there is none.
// As Unicode defines it: no overlong form, no surrogate, nothing above U+10FFFF.
std::size_t utf8_character(std::string_view text);

bool is_utf8(std::string_view text);

// The lines of `text`, each without its newline; no empty one after the last newline.
std::vector<std::string_view> lines_of(std::string_view text);

// As in C: letters, digits and '_', and no digit first.
bool is_identifier(std::string_view name);
bool is_identifier_character(char c);

// 5368709120 for "5G"; suffixes K, M, G, T, in either case, are powers of 1024. Error{bad_request}
// quotes `text`.
Result<std::uint64_t> parse_size(std::string_view text);

// "No such file or directory" for ENOENT.
std::string errno_message(int code);

}  // namespace cbundle
