#include "engine/script/import_declaration.h"

#include <charconv>

namespace cbundle {
namespace {

using Kind = Expression::Kind;

std::optional<std::uint64_t> decimal(const Expression& e) {
  std::uint64_t value = 0;
  const char* const end = e.text.data() + e.text.size();
  const auto [stop, code] = std::from_chars(e.text.data(), end, value);
  if (e.kind != Kind::number || stop != end || code != std::errc()) return std::nullopt;
  return value;
}

// Among patterns a name may contain '='. ld reads `a=.+(2*0)` as one name there, but in the flow of
// 'cbundle combine' it has always declared an import, and no script that links has it as a name.
Result<Token> next_token(Lexer& lexer) {
  const auto token = lexer.peek(LexMode::pattern);
  const bool is_pattern = token && (token.value().kind != TokenKind::name ||
                                    token.value().text.find('=') == std::string_view::npos);
  return lexer.next(is_pattern ? LexMode::pattern : LexMode::expression);
}

}  // namespace

std::optional<ImportDeclaration> import_declaration(std::string_view name,
                                                    const SourceLocation& location,
                                                    const Expression& value) {
  const std::string written(name);
  if (name.starts_with('"')) name = name.substr(1, name.size() - 2);
  if (name.empty() || written == ".") return std::nullopt;
  if (value.kind != Kind::binary || value.text != "+" || !value.operands[0].is_dot() ||
      value.operands[1].kind != Kind::group) {
    return std::nullopt;
  }
  const Expression& product = value.operands[1].operands[0];
  if (product.kind != Kind::binary || product.text != "*") return std::nullopt;
  const auto line = decimal(product.operands[0]);
  const auto factor = decimal(product.operands[1]);
  if (!line || !factor) return std::nullopt;
  return ImportDeclaration{std::string(name), written, location, *line, *factor};
}

Result<std::vector<ImportDeclaration>> import_declarations(std::string_view script,
                                                           const std::string& path) {
  std::vector<ImportDeclaration> imports;
  Lexer lexer(script, path);
  for (Token token = TRY(next_token(lexer)); token.kind != TokenKind::end;) {
    const Token name = token;
    token = TRY(next_token(lexer));
    if (!name.is_name() || !token.is("=")) continue;
    const auto value = read_expression(lexer);
    token = TRY(next_token(lexer));
    if (!value || !(token.is(";") || token.is(","))) continue;
    auto import = import_declaration(name.text, name.location(), value.value());
    if (import) imports.push_back(*std::move(import));
  }
  return imports;
}

}  // namespace cbundle
