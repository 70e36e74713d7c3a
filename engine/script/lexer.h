// The tokens of a linker script, cut as GNU ld cuts them.
//
// Where a token ends depends on the context: `a-b*` is one name among section patterns and four
// tokens in an expression. So the caller passes a LexMode with each call.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace cbundle {

// A line of a source file.
struct SourceLocation {
  std::string file;          // as the user names it
  std::uint32_t line = 0;    // from 1
  std::string text() const;  // "boot.lds:12"
  bool operator==(const SourceLocation&) const = default;
};

// Error{bad_input} with the location's file and line.
Error error_at(const SourceLocation& location, std::string message, std::string hint = {});

enum class LexMode {
  statement,   // commands, names of sections and regions
  expression,  // numbers, symbols, operators
  pattern,     // inside an output section: names with wildcards
};

enum class TokenKind { end, name, quoted, number, punctuator };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;  // as written, with quotes; a view of the lexer's text
  const std::string* file = nullptr;
  std::uint32_t line = 0;

  bool is(std::string_view word) const {
    return text == word && (kind == TokenKind::name || kind == TokenKind::punctuator);
  }
  bool is_any_of(const auto& list) const {
    return std::ranges::any_of(list, [&](std::string_view word) { return is(word); });
  }
  bool is_name() const { return kind == TokenKind::name || kind == TokenKind::quoted; }
  std::string_view unquoted() const;
  SourceLocation location() const { return {*file, line}; }
};

// For messages: "'}'", or "the end of the file".
std::string described(const Token& token);

// Error{bad_input}: "expected ')', found ';'".
Error expected(std::string_view what, const Token& found, std::string hint = {});

// Comments are skipped, and line markers (`# 12 "boot.lds.S"`) set the location of what follows.
// Tokens are valid while the lexer and its text live.
class Lexer {
 public:
  // `name` is the file as the user names it; a line marker that names `path` means it too.
  Lexer(std::string_view text, std::string name, std::string path = {});
  Lexer(const Lexer&) = delete;
  Lexer& operator=(const Lexer&) = delete;

  // Fails with Error{bad_input} on an unterminated comment or string and on stray characters.
  // At the end of the text each call returns a token of kind `end`.
  Result<Token> next(LexMode reading);
  // The same, without consuming it; `ahead` tokens after the next one.
  Result<Token> peek(LexMode reading, int ahead = 0);

  // Consumes the next token, which must be this one; `where` completes the message: "after FILL".
  Result<Token> expect(std::string_view text, LexMode reading, std::string_view where = {});
  Result<Token> expect_name(LexMode reading, std::string_view what);
  // Consumes the next token if it is this one, and returns whether it was.
  Result<bool> skip(std::string_view text, LexMode reading);

 private:
  Result<void> skip_blanks();
  Result<void> skip_comment();
  Result<void> read_marker();
  Result<Token> quote();
  Result<Token> cut(TokenKind kind, std::size_t size);
  SourceLocation here() const { return {*state_.file, state_.line}; }

  struct State {
    const std::string* file;
    std::size_t at = 0;
    std::uint32_t line = 1;
    bool line_is_blank = true;  // so far: only then can a line marker follow
  };

  std::string_view text_;
  std::string path_;
  std::deque<std::string> files_;  // tokens point to these
  State state_;
};

// The name of a section or region without quotes that it does not need: to lld 14 `".a"` and `.a`
// are two sections.
std::string plain_name(std::string_view text);

// The name of a symbol as an expression can contain it: in quotes where it has characters that only
// the left side of an assignment may have, such as "a=b".
std::string name_in_expression(std::string_view text);

// The value of a number token: 0x10, $10, 10K, 10H, 1010B.
std::uint64_t value_of_number(std::string_view text);

// The same number in a form that both GNU ld and lld accept: 0x10, 16. lld 14 knows only the prefix
// 0x and the suffixes K and M, not two of them at once, and reads 010 as ten.
std::string text_of_number(std::string_view text);

}  // namespace cbundle
