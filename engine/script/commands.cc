// The commands of a script outside SECTIONS.
#include <algorithm>
#include <array>

#include "engine/base/text.h"
#include "engine/script/parser.h"

namespace cbundle {
namespace {

struct Unsupported {
  std::string_view command;
  std::string_view hint;
};

constexpr std::string_view libraries_hint = "name the libraries on the command line";
constexpr std::array unsupported{
    Unsupported{"INPUT", "name the objects on the command line"},
    Unsupported{"GROUP", "name the archives on the command line"},
    Unsupported{"STARTUP", "name the object first on the command line"},
    Unsupported{"HLL", libraries_hint},
    Unsupported{"SYSLIB", libraries_hint},
    Unsupported{"LIB", libraries_hint},
    Unsupported{"OUTPUT", "name the output with -o"},
    Unsupported{"VERSION",
                "only shared libraries have symbol versions; name the exports with --export"},
    Unsupported{"INHIBIT_COMMON_ALLOCATION", "avoid common symbols: compile with -fno-common"},
};

// These have arguments in parentheses. Those dropped name formats, libraries and a map file, which
// the linker and the command line decide.
constexpr std::array copied{"ENTRY",          "EXTERN",       "NOCROSSREFS",
                            "NOCROSSREFS_TO", "REGION_ALIAS", "LD_FEATURE"};
constexpr std::array dropped{"OUTPUT_FORMAT", "OUTPUT_ARCH", "TARGET", "SEARCH_DIR", "MAP"};
// Two of these matter to relocatable links only.
constexpr std::array dropped_keywords{"FLOAT", "NOFLOAT", "FORCE_COMMON_ALLOCATION",
                                      "FORCE_GROUP_ALLOCATION"};

// To ld a comma that touches a name is part of it.
std::string without_comma(std::string_view name) {
  return std::string(name.ends_with(',') ? name.substr(0, name.size() - 1) : name);
}

}  // namespace

Result<void> Parser::commands() {
  return statements(Reading::statement, ";,", [this](const Token& t) { return command(t); });
}

Result<void> Parser::command(const Token& token) {
  for (const auto& [command, hint] : unsupported) {
    if (!token.is(command)) continue;
    return error_at(token.location(),
                    "a bundle's script cannot contain '" + std::string(command) + "'",
                    std::string(hint));
  }
  if (token.is("SECTIONS")) return block([this] { return sections(); });
  if (token.is("MEMORY")) {
    script_.has_memory = true;
    return block([this] { return regions(); });
  }
  if (token.is("PHDRS")) {
    script_.has_phdrs = true;
    return block([this] {
      return statements(Reading::statement, "", [this](const Token&) { return phdr(); });
    });
  }
  if (token.is("INSERT")) return insert();
  if (token.is("INCLUDE")) {
    return source_.include(Reading::statement, [this] { return commands(); });
  }
  if (TRY(special_statement(token, Level::top))) return {};
  if (token.is_any_of(copied)) return copied_command();
  if (token.is_any_of(dropped)) return dropped_command();
  TRY(source_.next(Reading::statement));
  if (token.is_any_of(dropped_keywords)) return {};
  if (token.is_name() && is_assignment(TRY(source_.peek(Reading::statement)))) {
    return assignment(token, Level::top);
  }
  return unexpected(token, std::string(token.text), "a command of a linker script");
}

Result<void> Parser::copied_command() {
  const Token token = TRY(source_.next(Reading::statement));
  std::string first;
  const std::string text =
      TRY(arguments(token.is("EXTERN") ? Reading::expression : Reading::statement, &first));
  if (token.is("ENTRY")) script_.entry = first;
  if (token.is("REGION_ALIAS")) regions_.insert(first);
  check_command(token);
  if (command_ > 0) return {};  // lld 14 reads ENTRY there as a section; the layouts have their own
  line(token.location(), std::string(token.text) + " " + text);
  return {};
}

void Parser::check_command(const Token& token) {
  if (token.is("LD_FEATURE")) has_sane_offsets_ = true;
  if (token.is("NOCROSSREFS") || token.is("NOCROSSREFS_TO") || token.is("LD_FEATURE")) {
    report_lld(token.location(), "does not support " + std::string(token.text), "remove it");
  }
}

Result<void> Parser::dropped_command() {
  const Token token = TRY(source_.next(Reading::statement));
  std::string first;
  TRY(arguments(Reading::statement, &first));
  if (token.is("OUTPUT_FORMAT")) script_.output_format = first;
  if (token.is("OUTPUT_ARCH")) script_.output_arch = first;
  return {};
}

// Returns "( a , b )", and in `first` the first of them without quotes.
Result<std::string> Parser::arguments(Reading reading, std::string* first) {
  TRY(source_.expect("(", reading));
  std::string text = "(";
  while (true) {
    const Token token = TRY(source_.next(reading));
    if (token.kind == TokenKind::end) return error_at(token.location(), "expected ')'");
    text += " " + std::string(token.text);
    if (token.is(")")) return text;
    if (first != nullptr && first->empty()) *first = without_comma(token.unquoted());
  }
}

Result<void> Parser::block(const std::function<Result<void>()>& content) {
  const Token command = TRY(source_.next(Reading::statement));
  const std::string name(command.text);
  TRY(source_.expect("{", Reading::statement, "after " + name));
  line(command.location(), name + " {");
  ++indent_;
  TRY(content());
  --indent_;
  line(TRY(source_.expect("}", Reading::statement, "at the end of " + name)).location(), "}");
  return {};
}

Result<void> Parser::regions() {
  return statements(Reading::statement, ",", [this](const Token& token) {
    if (!token.is("INCLUDE")) return region();
    return source_.include(Reading::statement, [this] { return regions(); });
  });
}

Result<void> Parser::region() {
  const Token token = TRY(source_.expect_name(Reading::statement, "the name of a region"));
  const SourceLocation location = token.location();
  const std::string name = plain_name(token.text);
  std::string text = name;
  if (TRY(source_.peek(Reading::statement)).is("(")) {
    const std::string kinds = TRY(arguments(Reading::statement));
    if (kinds.find_first_not_of("() !rwxaRWXA") != std::string::npos) {
      report_lld(location, "supports only the region attributes r, w, x and a",
                 "remove the others");
    }
    // lld 14 reads `!` as one of the letters, and accepts a single name only.
    text += " ( " + replaced(kinds.substr(1, kinds.size() - 2), " ", "") + " )";
  }
  const Token colon = TRY(source_.next(Reading::statement));
  if (!colon.is(":")) return unexpected(colon, name, "':' after the region '" + name + "'");
  const Expression origin = TRY(region_value({"ORIGIN", "org", "o"}));
  TRY(source_.skip(",", Reading::statement));
  const Expression length = TRY(region_value({"LENGTH", "len", "l"}));
  regions_.insert(name);
  line(location, text + " : ORIGIN = " + rewritten_address(origin, symbol_classes_) +
                     " , LENGTH = " + text_of(length));
  return {};
}

Result<Expression> Parser::region_value(std::initializer_list<std::string_view> names) {
  const Token token = TRY(source_.next(Reading::statement));
  const std::string name(*names.begin());
  if (!token.is_any_of(names)) {
    return unexpected(token, std::string(token.text), "'" + name + " ='");
  }
  TRY(source_.expect("=", Reading::statement, "after " + name));
  return expression();
}

Result<void> Parser::phdr() {
  const Token name = TRY(source_.expect_name(Reading::statement, "the name of a segment"));
  const SourceLocation location = name.location();
  std::string text(name.text);
  text += " " + text_of(TRY(expression()));
  while (true) {
    const Token token = TRY(source_.next(Reading::expression));
    if (token.is(";")) break;
    if (!token.is_name()) {
      return error_at(token.location(),
                      "expected ';' after the segment, found " + described(token));
    }
    text += " " + std::string(token.text);
    if (!TRY(source_.skip("(", Reading::expression))) continue;
    const Expression value = TRY(expression());
    TRY(source_.expect(")", Reading::expression));
    text += " ( " + (token.is("AT") ? rewritten_address(value, symbol_classes_) : text_of(value)) +
            " )";
  }
  line(location, text + " ;");
  return {};
}

}  // namespace cbundle
