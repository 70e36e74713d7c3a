#include "engine/script/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/base/text.h"

namespace cbundle {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

// The characters that ld accepts at the start of every name.
bool is_name_character(char c) {
  return (is_identifier_character(c) && !is_digit(c)) || is_one_of(c, ".\\$");
}

// Of the tokens of one reading.
struct Characters {
  std::string_view name_start;   // besides those of every name
  std::string_view name;         // after the start of a name
  std::string_view punctuators;  // of one character
};

const Characters& characters_of(LexMode reading) {
  static constexpr std::array<Characters, 3> all{{
      {"/~", "0123456789/~-+:[],=", ">,~!+-{}():;"},
      {"", "0123456789/~", "<>,&|~!?*+-/%^{}():;"},
      {"0123456789/~-+:[],=?*^!", "0123456789/~-+:[],=?*^!", "[]&{}();"},
  }};
  return all[static_cast<std::size_t>(reading)];
}

std::size_t size_of_name(std::string_view text, LexMode reading) {
  // Without this, a fill value before /DISCARD/ would be divided.
  constexpr std::string_view discard = "/DISCARD/";
  if (reading == LexMode::expression && text.starts_with(discard)) return discard.size();
  const Characters& set = characters_of(reading);
  std::size_t size = 0;
  for (; size < text.size(); ++size) {
    const std::string_view others = size == 0 ? set.name_start : set.name;
    if (!is_name_character(text[size]) && !is_one_of(text[size], others)) break;
  }
  return size;
}

std::size_t count_of(std::string_view text, bool (*belongs)(char)) {
  std::size_t count = 0;
  while (count < text.size() && belongs(text[count])) ++count;
  return count;
}

// 10H and 1010B: the last letter is the base, and may itself look like a digit.
std::size_t size_of_suffixed(std::string_view text) {
  std::size_t digits = count_of(text, is_hex_digit);
  if (digits > 0 && digits < text.size() && is_one_of(text[digits], "hHxXoO")) return digits + 1;
  while (digits > 1 && !is_one_of(text[digits - 1], "bBdD")) --digits;
  return digits > 1 ? digits : 0;
}

std::size_t size_of_number(std::string_view text, LexMode reading) {
  std::size_t head = 0;
  if (text.front() == '$') head = 1;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) head = 2;
  std::size_t digits = count_of(text.substr(head), head > 0 ? is_hex_digit : is_digit);
  std::size_t size = digits > 0 ? head + digits : 0;
  if (size > 0 && size < text.size() && is_one_of(text[size], "KkMm")) ++size;
  if (reading == LexMode::expression) size = std::max(size, size_of_suffixed(text));
  return size;
}

bool is_punctuator(std::string_view text, LexMode reading) {
  constexpr std::array assignments{"=", "+=", "-=", "*=", "/=", "&=", "|=", "^=", "<<=", ">>="};
  constexpr std::array operators{"||", "&&", "==", "!=", ">=", "<=", "<<", ">>"};
  const auto is_in = [&](const auto& list) { return std::ranges::find(list, text) != list.end(); };
  if (is_in(assignments) || (reading == LexMode::expression && is_in(operators))) return true;
  return text.size() == 1 && is_one_of(text[0], characters_of(reading).punctuators);
}

std::size_t size_of_punctuator(std::string_view text, LexMode reading) {
  for (std::size_t size = std::min<std::size_t>(3, text.size()); size > 0; --size) {
    if (is_punctuator(text.substr(0, size), reading)) return size;
  }
  return 0;
}

Error stray_character(const SourceLocation& location, char c) {
  if (c == '#') {
    return error_at(location, "stray '#'", "name the script *.lds.S to have it preprocessed");
  }
  if (c > ' ' && c <= '~') return error_at(location, std::string("stray '") + c + "'");
  return error_at(location, "stray byte " + hex(static_cast<unsigned char>(c)));
}

bool is_space(char c) { return c == ' ' || c == '\t'; }

// The quoted name at the front, without its escapes.
std::string file_of_marker(std::string_view text) {
  std::string file;
  if (!text.starts_with('"')) return file;
  for (std::size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    file += text[i];
  }
  return file;
}

// Whether both linkers read it alike: no prefix or suffix but 0x, and at most 64 bits.
bool is_portable(std::string_view text) {
  constexpr std::size_t max_digits = 16;
  const bool is_hex = text.starts_with("0x");
  if (is_hex) text.remove_prefix(2);
  const auto belongs = is_hex ? is_hex_digit : is_digit;
  if (text.empty() || text.size() > max_digits || count_of(text, belongs) != text.size())
    return false;
  return is_hex || text == "0" || text.front() != '0';
}

}  // namespace

std::string SourceLocation::text() const { return file + ":" + std::to_string(line); }

Error error_at(const SourceLocation& location, std::string message, std::string hint) {
  return {ErrorKind::bad_input, Diagnostics{{.message = std::move(message),
                                             .hint = std::move(hint),
                                             .file = location.file,
                                             .line = location.line}}};
}

std::string described(const Token& token) {
  if (token.kind == TokenKind::end) return "the end of the file";
  if (token.kind == TokenKind::quoted) return std::string(token.text);
  return "'" + std::string(token.text) + "'";
}

Error expected(std::string_view what, const Token& found, std::string hint) {
  return error_at(found.location(), "expected " + std::string(what) + ", found " + described(found),
                  std::move(hint));
}

std::string_view Token::unquoted() const {
  return kind == TokenKind::quoted ? text.substr(1, text.size() - 2) : text;
}

Lexer::Lexer(std::string_view text, std::string name, std::string path)
    : text_(text), path_(std::move(path)), files_{std::move(name)}, state_{&files_.front()} {}

Result<Token> Lexer::peek(LexMode reading, int ahead) {
  const State before = state_;
  auto token = next(reading);
  for (; token && ahead > 0; --ahead) token = next(reading);
  state_ = before;
  return token;
}

Result<Token> Lexer::expect(std::string_view text, LexMode reading, std::string_view where) {
  const Token token = TRY(next(reading));
  if (token.is(text)) return token;
  return expected("'" + std::string(text) + (where.empty() ? "'" : "' ") + std::string(where),
                  token);
}

Result<Token> Lexer::expect_name(LexMode reading, std::string_view what) {
  const Token token = TRY(next(reading));
  if (token.is_name()) return token;
  return expected(what, token);
}

Result<bool> Lexer::skip(std::string_view text, LexMode reading) {
  if (!TRY(peek(reading)).is(text)) return false;
  TRY(next(reading));
  return true;
}

// The longest match wins; among equals an operator, then a number, then a name. So a symbol that
// looks like a number of another base, such as `fad`, is a number, as in ld.
Result<Token> Lexer::next(LexMode reading) {
  TRY(skip_blanks());
  const std::string_view rest = text_.substr(state_.at);
  if (rest.empty()) return Token{TokenKind::end, {}, state_.file, state_.line};
  if (rest.front() == '"') return quote();
  const std::size_t name = size_of_name(rest, reading);
  const std::size_t number = reading == LexMode::pattern ? 0 : size_of_number(rest, reading);
  const std::size_t punctuator = size_of_punctuator(rest, reading);
  if (punctuator > 0 && punctuator >= name && punctuator >= number) {
    return cut(TokenKind::punctuator, punctuator);
  }
  if (number > 0 && number >= name) return cut(TokenKind::number, number);
  if (name > 0) return cut(TokenKind::name, name);
  return stray_character(here(), rest.front());
}

Result<Token> Lexer::cut(TokenKind kind, std::size_t size) {
  state_.line_is_blank = false;
  Token token{kind, text_.substr(state_.at, size), state_.file, state_.line};
  state_.at += size;
  return token;
}

Result<Token> Lexer::quote() {
  const std::size_t end = text_.find('"', state_.at + 1);
  if (end == std::string_view::npos) return error_at(here(), "unterminated string");
  const std::string_view content = text_.substr(state_.at, end - state_.at);
  if (content.find('\n') != std::string_view::npos) {
    return error_at(here(), "the string does not end on its line");
  }
  return cut(TokenKind::quoted, content.size() + 1);
}

Result<void> Lexer::skip_blanks() {
  while (state_.at < text_.size()) {
    const char c = text_[state_.at];
    if (c == '\n') {
      ++state_.line;
      ++state_.at;
      state_.line_is_blank = true;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      ++state_.at;
    } else if (text_.substr(state_.at).starts_with("/*")) {
      TRY(skip_comment());
    } else if (c == '#' && state_.line_is_blank) {
      TRY(read_marker());
    } else {
      return {};
    }
  }
  return {};
}

Result<void> Lexer::skip_comment() {
  const std::size_t end = text_.find("*/", state_.at + 2);
  if (end == std::string_view::npos) return error_at(here(), "unterminated comment");
  for (; state_.at < end + 2; ++state_.at) {
    if (text_[state_.at] == '\n') ++state_.line;
  }
  return {};
}

// `# 12 "boot.lds.S" 1 3`, or with the word `line` before the number.
Result<void> Lexer::read_marker() {
  const std::size_t end = std::min(text_.find('\n', state_.at), text_.size());
  std::string_view rest = text_.substr(state_.at + 1, end - state_.at - 1);
  auto skip_spaces = [&rest] { rest.remove_prefix(count_of(rest, is_space)); };
  skip_spaces();
  if (rest.starts_with("line")) rest.remove_prefix(4);
  skip_spaces();
  std::uint32_t line = 0;
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), line);
  if (parsed.ec != std::errc()) return stray_character(here(), '#');
  rest.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest.data()));
  skip_spaces();
  const std::string file = file_of_marker(rest);
  const std::string& shown = file == path_ ? files_.front() : file;
  if (!file.empty() && shown != *state_.file) state_.file = &files_.emplace_back(shown);
  state_.line = line;
  state_.at = std::min(end + 1, text_.size());
  return {};
}

std::string name_in_expression(std::string_view text) {
  const bool is_quoted = text.starts_with('"');
  const bool is_plain = !text.empty() && size_of_name(text, LexMode::expression) == text.size();
  return is_quoted || is_plain ? std::string(text) : '"' + std::string(text) + '"';
}

std::string plain_name(std::string_view text) {
  if (text.size() < 3 || !text.starts_with('"')) return std::string(text);
  const std::string_view inner = text.substr(1, text.size() - 2);
  const bool is_command = inner.front() >= 'A' && inner.front() <= 'Z';
  const bool is_plain = std::ranges::all_of(
      inner, [](char c) { return is_digit(c) || (is_name_character(c) && c != '\\' && c != '$'); });
  return std::string(is_plain && !is_command && !is_digit(inner.front()) ? inner : text);
}

// As strtoull reads it, but modulo 2^64.
std::uint64_t value_of_number(std::string_view text) {
  std::uint64_t unit = 1;
  unsigned base = 10;
  if (is_one_of(text.back(), "kKmM")) {
    unit = is_one_of(text.back(), "kK") ? 1024 : 1024 * 1024;
    text.remove_suffix(1);
  }
  if (text.starts_with('$')) {
    base = 16;
    text.remove_prefix(1);
  } else if (text.size() > 2 && (text.starts_with("0x") || text.starts_with("0X"))) {
    base = 16;
    text.remove_prefix(2);
  } else if (!text.empty() && !is_digit(text.back())) {
    const char suffix = text.back();
    base = is_one_of(suffix, "hHxX") ? 16
           : is_one_of(suffix, "oO") ? 8
           : is_one_of(suffix, "bB") ? 2
                                     : 10;
    text.remove_suffix(1);
  } else if (text.starts_with('0')) {
    base = 8;
  }
  std::uint64_t value = 0;
  for (char c : text) {
    const int digit = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value * base + static_cast<std::uint64_t>(digit);
  }
  return value * unit;
}

std::string text_of_number(std::string_view text) {
  return is_portable(text) ? std::string(text) : hex(value_of_number(text));
}

}  // namespace cbundle
