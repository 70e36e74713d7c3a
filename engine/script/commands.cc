// The commands of a script outside SECTIONS.
#include <array>
#include <utility>

#include "engine/base/text.h"
#include "engine/script/parser.h"

namespace cbundle {
namespace {

constexpr auto libraries_hint = "name the libraries on the command line";
constexpr std::array unsupported{
    std::pair{"INPUT", "name the objects on the command line"},
    std::pair{"GROUP", "name the archives on the command line"},
    std::pair{"STARTUP", "name the object first on the command line"},
    std::pair{"HLL", libraries_hint},
    std::pair{"SYSLIB", libraries_hint},
    std::pair{"LIB", libraries_hint},
    std::pair{"OUTPUT", "name the output with -o"},
    std::pair{"VERSION",
              "only shared libraries have symbol versions; name the exports with --export"},
    std::pair{"INHIBIT_COMMON_ALLOCATION", "avoid common symbols: compile with -fno-common"},
};

// These have arguments in parentheses. Those dropped name formats, libraries and a map file, which
// the linker and the command line decide.
constexpr std::array copied{"ENTRY",          "EXTERN",       "NOCROSSREFS",
                            "NOCROSSREFS_TO", "REGION_ALIAS", "LD_FEATURE"};
constexpr std::array dropped{"OUTPUT_FORMAT", "OUTPUT_ARCH", "TARGET", "SEARCH_DIR", "MAP"};
// Two of these matter to relocatable links only.
constexpr std::array dropped_keywords{"FLOAT", "NOFLOAT", "FORCE_COMMON_ALLOCATION",
                                      "FORCE_GROUP_ALLOCATION"};

}  // namespace

Result<void> Parser::command(const Token& token) {
  for (const auto& [command, hint] : unsupported) {
    if (!token.is(command)) continue;
    return error_at(token.location(),
                    std::string("a bundle's script cannot contain '") + command + "'", hint);
  }
  if (token.is("SECTIONS")) return block(";,", &Parser::section_statement);
  if (token.is("MEMORY")) {
    script_.has_memory = true;
    return block(",", &Parser::region);
  }
  if (token.is("PHDRS")) {
    script_.has_phdrs = true;
    return block("", &Parser::phdr);
  }
  if (token.is("INSERT")) return insert();
  if (TRY(special_statement(token, Level::top))) return {};
  if (token.is_any_of(copied) || token.is_any_of(dropped)) return command_with_arguments();
  TRY(lexer().next(LexMode::statement));
  if (token.is_any_of(dropped_keywords)) return {};
  if (token.is_name() && is_assignment(TRY(lexer().peek(LexMode::statement)))) {
    return assignment(token, Level::top);
  }
  return unexpected(token, std::string(token.text), "a command of a linker script");
}

Result<void> Parser::command_with_arguments() {
  const Token token = TRY(lexer().next(LexMode::statement));
  std::string first;
  const std::string text =
      TRY(arguments(token.is("EXTERN") ? LexMode::expression : LexMode::statement, &first));
  if (token.is("ENTRY")) script_.entry = first;
  if (token.is("REGION_ALIAS")) regions_.insert(first);
  if (token.is("OUTPUT_FORMAT")) script_.output_format = first;
  if (token.is("OUTPUT_ARCH")) script_.output_arch = first;
  has_sane_offsets_ |= token.is("LD_FEATURE");
  if (token.is("NOCROSSREFS") || token.is("NOCROSSREFS_TO") || token.is("LD_FEATURE")) {
    report_lld(token.location(), "does not support " + std::string(token.text), "remove it");
  }
  // lld 14 reads ENTRY inside SECTIONS as a section; the layouts have their own.
  if (command_ > 0 || token.is_any_of(dropped)) return {};
  line(token.location(), std::string(token.text) + " " + text);
  return {};
}

// Returns "( a , b )", and in `first` the first of them without quotes.
Result<std::string> Parser::arguments(LexMode reading, std::string* first) {
  TRY(lexer().expect("(", reading));
  std::string text = "(";
  while (true) {
    const Token token = TRY(lexer().next(reading));
    if (token.kind == TokenKind::end) return error_at(token.location(), "expected ')'");
    text += " " + std::string(token.text);
    if (token.is(")")) return text;
    if (first == nullptr || !first->empty()) continue;
    *first = token.unquoted();
    if (first->ends_with(',')) first->pop_back();  // to ld part of a name that it touches
  }
}

Result<void> Parser::block(std::string_view separators, ReadStatement read) {
  const Token command = TRY(lexer().next(LexMode::statement));
  const std::string name(command.text);
  TRY(lexer().expect("{", LexMode::statement, "after " + name));
  line(command.location(), name + " {");
  ++indent_;
  if (name == "SECTIONS") command_ = ++commands_;
  TRY(statements(LexMode::statement, separators, read));
  const std::string where = "at the end of " + name;
  const SourceLocation end = TRY(lexer().expect("}", LexMode::statement, where)).location();
  restore_location(end);
  command_ = 0;
  --indent_;
  line(end, "}");
  return {};
}

Result<void> Parser::region(const Token& /*token*/) {
  const Token token = TRY(lexer().expect_name(LexMode::statement, "the name of a region"));
  const SourceLocation location = token.location();
  const std::string name = plain_name(token.text);
  std::string text = name;
  if (TRY(lexer().peek(LexMode::statement)).is("(")) {
    const std::string kinds = TRY(arguments(LexMode::statement));
    if (kinds.find_first_not_of("() !rwxaRWXA") != std::string::npos) {
      report_lld(location, "supports only the region attributes r, w, x and a",
                 "remove the others");
    }
    // lld 14 reads `!` as one of the letters, and accepts a single name only.
    text += " ( " + replaced(kinds.substr(1, kinds.size() - 2), " ", "") + " )";
  }
  const Token colon = TRY(lexer().next(LexMode::statement));
  if (!colon.is(":")) return unexpected(colon, name, "':' after the region '" + name + "'");
  const Expression origin = TRY(region_value({"ORIGIN", "org", "o"}));
  TRY(lexer().skip(",", LexMode::statement));
  const Expression length = TRY(region_value({"LENGTH", "len", "l"}));
  regions_.insert(name);
  line(location, text + " : ORIGIN = " + rewritten_address(origin, symbol_classes_) +
                     " , LENGTH = " + text_of(length));
  return {};
}

Result<Expression> Parser::region_value(std::initializer_list<std::string_view> names) {
  const Token token = TRY(lexer().next(LexMode::statement));
  const std::string name(*names.begin());
  if (!token.is_any_of(names)) {
    return unexpected(token, std::string(token.text), "'" + name + " ='");
  }
  TRY(lexer().expect("=", LexMode::statement, "after " + name));
  return expression();
}

Result<void> Parser::phdr(const Token& /*token*/) {
  const Token name = TRY(lexer().expect_name(LexMode::statement, "the name of a segment"));
  const SourceLocation location = name.location();
  std::string text(name.text);
  text += " " + text_of(TRY(expression()));
  while (true) {
    const Token token = TRY(lexer().next(LexMode::expression));
    if (token.is(";")) break;
    if (!token.is_name()) return expected("';' after the segment", token);
    text += " " + std::string(token.text);
    if (!TRY(lexer().skip("(", LexMode::expression))) continue;
    const Expression value = TRY(expression());
    TRY(lexer().expect(")", LexMode::expression));
    text += " ( " + (token.is("AT") ? rewritten_address(value, symbol_classes_) : text_of(value)) +
            " )";
  }
  line(location, text + " ;");
  return {};
}

}  // namespace cbundle
