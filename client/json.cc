// Quotes strings and formats numbers as JSON has them.
#include "client/json.h"

#include "client/utf8.h"

namespace cbundle {
namespace {

void append_escaped(std::string& json, char c) {
  constexpr char digits[] = "0123456789abcdef";
  switch (c) {
    case '"': json += "\\\""; return;
    case '\\': json += "\\\\"; return;
    case '\n': json += "\\n"; return;
    case '\t': json += "\\t"; return;
    case '\r': json += "\\r"; return;
    default: break;
  }
  if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
    json += c;
    return;
  }
  json += "\\u00";
  json += digits[static_cast<unsigned char>(c) >> 4];
  json += digits[static_cast<unsigned char>(c) & 15];
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string json = "\"";
  while (!text.empty()) {
    const std::size_t length = utf8_character(text);
    if (length == 0) json += "\xef\xbf\xbd";
    if (length == 1) append_escaped(json, text.front());
    if (length > 1) json += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return json + '"';
}

std::string json_milliseconds(std::uint64_t microseconds) {
  std::string fraction = std::to_string(1000 + microseconds % 1000);
  fraction.front() = '.';
  return std::to_string(microseconds / 1000) + fraction;
}

}  // namespace cbundle
