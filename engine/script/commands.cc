// The commands of a script outside SECTIONS.
#include <algorithm>
#include <array>

#include "engine/base/text.h"
#include "engine/script/parser.h"

namespace cbundle {
namespace {

struct Refusal {
  std::string_view command;
  std::string_view words;
};

constexpr std::array refusals{
    Refusal{"INPUT", "cannot bring in objects; name them on the command line"},
    Refusal{"GROUP", "cannot bring in archives; name them on the command line"},
    Refusal{"STARTUP", "cannot bring in an object; name it first on the command line"},
    Refusal{"HLL", "cannot bring in libraries; name them on the command line"},
    Refusal{"SYSLIB", "cannot bring in libraries; name them on the command line"},
    Refusal{"LIB", "cannot bring in libraries; name them on the command line"},
    Refusal{"OUTPUT", "cannot name the output; '-o' does"},
    Refusal{"VERSION",
            "cannot give versions to symbols, which only shared libraries have; name "
            "what the bundle offers with --export"},
    Refusal{"INHIBIT_COMMON_ALLOCATION",
            "cannot leave common symbols without a location; compile with -fno-common"},
};

// With arguments in parentheses. Those dropped name formats, libraries and a map file, which are
// the linker's or the caller's to say.
constexpr std::array kept{"ENTRY",          "EXTERN",       "NOCROSSREFS",
                          "NOCROSSREFS_TO", "REGION_ALIAS", "LD_FEATURE"};
constexpr std::array dropped{"OUTPUT_FORMAT", "OUTPUT_ARCH", "TARGET", "SEARCH_DIR", "MAP"};
// Two of these matter to relocatable links only.
constexpr std::array dropped_words{"FLOAT", "NOFLOAT", "FORCE_COMMON_ALLOCATION",
                                   "FORCE_GROUP_ALLOCATION"};

bool is_among(const auto& words, const Token& token) {
  return std::ranges::any_of(words, [&](std::string_view word) { return token.is(word); });
}

// A comma that touches a name is part of it to ld.
std::string without_comma(std::string_view name) {
  return std::string(name.ends_with(',') ? name.substr(0, name.size() - 1) : name);
}

}  // namespace

Result<void> Parser::commands() {
  while (true) {
    const Token token = TRY(source_.peek(Reading::statement));
    if (token.kind == TokenKind::end) return {};
    if (token.is(";") || token.is(",")) {
      TRY(source_.next(Reading::statement));
    } else {
      TRY(command(token));
    }
  }
}

Result<void> Parser::command(const Token& token) {
  const auto refusal = std::ranges::find_if(
      refusals, [&](const Refusal& candidate) { return token.is(candidate.command); });
  if (refusal != refusals.end()) {
    return error_at(token.location(), "a bundle's script " + std::string(refusal->words) + " (" +
                                          std::string(refusal->command) + ")");
  }
  if (token.is("SECTIONS")) return sections();
  if (token.is("MEMORY")) return memory();
  if (token.is("PHDRS")) return phdrs();
  if (token.is("INSERT")) return insert();
  if (token.is("INCLUDE")) {
    return source_.include(Reading::statement, [this] { return commands(); });
  }
  if (TRY(special_statement(token, Level::top))) return {};
  if (is_among(kept, token)) return kept_command();
  if (is_among(dropped, token)) return dropped_command();
  TRY(source_.next(Reading::statement));
  if (is_among(dropped_words, token)) return {};
  if (token.is_name() && is_assignment(TRY(source_.peek(Reading::statement))))
    return assignment(token, Level::top);
  return misread(token, std::string(token.text), "a command of a linker script");
}

Result<void> Parser::kept_command() {
  const Token token = TRY(source_.next(Reading::statement));
  const bool of_symbols = token.is("EXTERN");
  std::string first;
  const std::string text =
      TRY(arguments(of_symbols ? Reading::expression : Reading::statement, &first));
  if (token.is("ENTRY")) script_.entry = first;
  if (token.is("REGION_ALIAS")) regions_.insert(first);
  note_command(token);
  if (command_ > 0)
    return {};  // lld 14 takes ENTRY for a section there; the layouts have their own
  line(token.location(), std::string(token.text) + " " + text);
  return {};
}

void Parser::note_command(const Token& token) {
  if (token.is("LD_FEATURE")) has_sane_offsets_ = true;
  if (token.is("NOCROSSREFS") || token.is("NOCROSSREFS_TO") || token.is("LD_FEATURE")) {
    only_gnu(token.location(), "cannot do " + std::string(token.text), "leave it out");
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

// "( a , b )", and the first of them without quotes.
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

Result<void> Parser::memory() {
  const Token token = TRY(source_.next(Reading::statement));
  TRY(source_.expect("{", Reading::statement, "after MEMORY"));
  script_.has_memory = true;
  line(token.location(), "MEMORY {");
  ++indent_;
  TRY(regions());
  --indent_;
  line(TRY(source_.expect("}", Reading::statement, "at the end of MEMORY")).location(), "}");
  return {};
}

Result<void> Parser::regions() {
  while (true) {
    const Token token = TRY(source_.peek(Reading::statement));
    if (token.kind == TokenKind::end || token.is("}")) return {};
    if (token.is(",")) {
      TRY(source_.next(Reading::statement));
    } else if (token.is("INCLUDE")) {
      TRY(source_.include(Reading::statement, [this] { return regions(); }));
    } else {
      TRY(region());
    }
  }
}

Result<void> Parser::region() {
  const Token token = TRY(source_.expect_name(Reading::statement, "the name of a region"));
  const SourceLocation location = token.location();
  const std::string name = plain_name(token.text);
  std::string text = name;
  if (TRY(source_.peek(Reading::statement)).is("(")) {
    const std::string kinds = TRY(arguments(Reading::statement));
    if (kinds.find_first_not_of("() !rwxaRWXA") != std::string::npos) {
      only_gnu(location, "knows regions of the kinds r, w, x and a only",
               "leave the other letters out");
    }
    // lld 14 takes `!` for a letter like the others, and wants all in one word.
    text += " ( " + replaced(kinds.substr(1, kinds.size() - 2), " ", "") + " )";
  }
  const Token colon = TRY(source_.next(Reading::statement));
  if (!colon.is(":")) return misread(colon, name, "':' after the region '" + name + "'");
  const Expression origin = TRY(region_value({"ORIGIN", "org", "o"}));
  TRY(source_.skip(",", Reading::statement));
  const Expression length = TRY(region_value({"LENGTH", "len", "l"}));
  regions_.insert(name);
  line(location, text + " : ORIGIN = " + moved_address(origin, movements_) +
                     " , LENGTH = " + text_of(length));
  return {};
}

Result<Expression> Parser::region_value(std::initializer_list<std::string_view> words) {
  const Token word = TRY(source_.next(Reading::statement));
  const bool known = std::ranges::any_of(words, [&](auto each) { return word.is(each); });
  const std::string wanted = "'" + std::string(*words.begin()) + " ='";
  if (!known) return misread(word, std::string(word.text), wanted);
  TRY(source_.expect("=", Reading::statement, "after " + std::string(*words.begin())));
  return expression();
}

Result<void> Parser::phdrs() {
  const Token token = TRY(source_.next(Reading::statement));
  TRY(source_.expect("{", Reading::statement, "after PHDRS"));
  script_.has_phdrs = true;
  line(token.location(), "PHDRS {");
  ++indent_;
  while (!TRY(source_.peek(Reading::statement)).is("}")) TRY(phdr());
  --indent_;
  line(TRY(source_.next(Reading::statement)).location(), "}");
  return {};
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
      return error_at(token.location(), "expected ';' after the segment, found " + shown(token));
    }
    text += " " + std::string(token.text);
    if (!TRY(source_.skip("(", Reading::expression))) continue;
    const Expression value = TRY(expression());
    TRY(source_.expect(")", Reading::expression));
    text += " ( " + (token.is("AT") ? moved_address(value, movements_) : text_of(value)) + " )";
  }
  line(location, text + " ;");
  return {};
}

}  // namespace cbundle
