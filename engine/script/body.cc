// What stands inside an output section: patterns of input sections, data, assignments.
#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "engine/script/layout.h"
#include "engine/script/parser.h"

namespace cbundle {
namespace {

constexpr std::array data_words{"BYTE", "SHORT", "LONG", "QUAD", "SQUAD", "FILL"};
constexpr std::array plain_words{"CONSTRUCTORS", "CREATE_OBJECT_SYMBOLS", "LINKER_VERSION"};

// These stand around a pattern.
constexpr std::array wrappers{"KEEP",      "SORT",    "SORT_BY_NAME",         "SORT_BY_ALIGNMENT",
                              "SORT_NONE", "REVERSE", "SORT_BY_INIT_PRIORITY"};

constexpr int max_wrapped = 20;

// What a C runtime brings, in the words of linkers' own scripts: "*crtbegin?.o", "*/crti.o".
// None of it is ever in a bundle, so to choose or to exclude it changes nothing.
bool is_of_c_runtime(std::string_view pattern) {
  constexpr std::array runtime{"crt0.o",   "crt1.o",      "crti.o",    "crtn.o",      "crtbegin.o",
                               "crtend.o", "crtbegin?.o", "crtend?.o", "crtbegin*.o", "crtend*.o"};
  if (!pattern.starts_with('*')) return false;  // ld would open the file
  pattern.remove_prefix(std::min(pattern.find_first_not_of("*/"), pattern.size()));
  return std::ranges::find(runtime, pattern) != runtime.end();
}

// `text` is empty or "EXCLUDE_FILE ( a b ) ", and there can be one such list only.
std::string without_stubs(std::string_view text) {
  const std::string_view list = text.substr(0, text.rfind(')'));
  return (list.empty() ? "EXCLUDE_FILE ( " : std::string(list)) + "*" +
         std::string(import_stub_name) + " ) ";
}

// All objects are one, partial.o, when layouts are linked: a pattern is for all of them or wrong.
bool chooses_all_files(std::string_view pattern) { return pattern == "*" || pattern == "*.o"; }

// Whether a pattern would take in the imports' stubs too, or throw them away: "*", ".*".
bool matches_stubs(const Token& token) {
  const std::string pattern(token.unquoted());
  return ::fnmatch(pattern.c_str(), ".cbundle.import.0", 0) == 0;
}

bool is_among(const auto& words, const Token& token) {
  return std::ranges::any_of(words, [&](std::string_view word) { return token.is(word); });
}

}  // namespace

Result<void> Parser::body_statements() {
  while (true) {
    const Token token = TRY(source_.peek(Reading::pattern));
    if (token.kind == TokenKind::end || token.is("}")) return {};
    if (token.is(";")) {
      TRY(source_.next(Reading::pattern));
    } else {
      TRY(body_statement(token));
    }
  }
}

Result<void> Parser::body_statement(const Token& token) {
  if (token.is("INCLUDE")) {
    return source_.include(Reading::pattern, [this] { return body_statements(); });
  }
  if (TRY(special_statement(token, Level::body))) return {};
  if (is_among(data_words, token) || token.is("ASCIZ")) return data();
  if (token.is_name() && is_assignment(TRY(source_.peek_second(Reading::pattern)))) {
    return assignment(TRY(source_.next(Reading::pattern)), Level::body);
  }
  return input_sections();
}

Result<void> Parser::data() {
  const Token word = TRY(source_.next(Reading::pattern));
  const Place place = word.place();
  if (word.is("ASCIZ")) {
    const Token text = TRY(source_.expect_name(Reading::pattern, "the text of ASCIZ"));
    line(place, "ASCIZ " + std::string(text.text));
    return {};
  }
  const std::string name(word.text);
  TRY(source_.expect("(", Reading::pattern, "after " + name));
  const Expression value = TRY(read_expression(source_.lexer()));
  TRY(source_.expect(")", Reading::expression, "after the value of " + name));
  line(place, name + " ( " + text_of(value) + " )");
  return {};
}

Result<void> Parser::input_sections() {
  const Token token = TRY(source_.peek(Reading::pattern));
  const Place place = token.place();
  if (is_among(plain_words, token)) {
    TRY(source_.next(Reading::pattern));
    line(place, std::string(token.text));
    return {};
  }
  line(place, TRY(pattern(PatternOf::input)));
  return {};
}

// One pattern with all that stands around it: "KEEP ( * ( .init ) )", "SORT ( .text.* )",
// "EXCLUDE_FILE ( a.o ) * ( .text )".
Result<std::string> Parser::pattern(PatternOf kind) {
  std::string text;
  Token token = TRY(source_.next(Reading::pattern));
  while (token.is("EXCLUDE_FILE") || token.is("INPUT_SECTION_FLAGS")) {
    const PatternOf inner = token.is("EXCLUDE_FILE") ? PatternOf::files : PatternOf::flags;
    text += std::string(token.text) + " ";
    TRY(source_.expect("(", Reading::pattern, "after " + std::string(token.text)));
    text += TRY(patterns("(", ")", inner)) + " ";
    token = TRY(source_.next(Reading::pattern));
  }
  if (token.is("[")) return text + TRY(patterns("[", "]", PatternOf::sections));
  if (kind == PatternOf::sections && matches_stubs(token)) text = without_stubs(text);
  text += token.text;
  if (is_among(wrappers, token)) {
    if (++wrapped_ > max_wrapped) return error_at(token.place(), "a pattern nested too deeply");
    TRY(source_.expect("(", Reading::pattern, "after " + std::string(token.text)));
    text += " ( " + TRY(pattern(kind)) + " )";
    TRY(source_.expect(")", Reading::pattern, "after " + text));
    --wrapped_;
  } else {
    TRY(note_pattern(token, kind));
  }
  if (kind != PatternOf::input || !TRY(source_.skip("(", Reading::pattern))) return text;
  return text + " " + TRY(patterns("(", ")", PatternOf::sections));
}

// Up to the closing sign; the opening one has been read.
Result<std::string> Parser::patterns(std::string_view opening, std::string_view closing,
                                     PatternOf kind) {
  std::string text(opening);
  while (!TRY(source_.skip(closing, Reading::pattern))) {
    const bool joins = kind == PatternOf::flags && TRY(source_.skip("&", Reading::pattern));
    text += " " + (joins ? "&" : TRY(pattern(kind)));
  }
  return text + " " + std::string(closing);
}

Result<void> Parser::note_pattern(const Token& token, PatternOf kind) {
  const std::string text(token.text);
  if (!token.is_name()) {
    return error_at(token.place(), "expected a pattern of input sections, found " + shown(token));
  }
  const bool of_files = kind == PatternOf::input || kind == PatternOf::files;
  if (token.kind == TokenKind::quoted)
    return of_files ? require_all_files(token, kind) : Result<void>();
  if (kind == PatternOf::flags) return {};
  if (of_files && text.find('=') != std::string::npos) {
    return error_at(token.place(), "'" + text +
                                       "' is read as the name of a file, so put spaces "
                                       "around its '='");
  }
  if (text.size() > 1 && text.find(',') != std::string::npos) {
    return error_at(token.place(), "'" + text +
                                       "' is read as one name, so separate names by "
                                       "spaces, not by ','");
  }
  return of_files ? require_all_files(token, kind) : Result<void>();
}

// GNU ld would link a file that is named without a wildcard, a second time or from anywhere.
Result<void> Parser::require_all_files(const Token& token, PatternOf kind) {
  const std::string_view name = token.unquoted();
  if (is_of_c_runtime(name)) return {};
  if (kind == PatternOf::input && chooses_all_files(name)) return {};
  return error_at(token.place(),
                  std::string(kind == PatternOf::files ? "excludes" : "chooses") +
                      " sections by the name of a file, '" + std::string(name) +
                      "', but all objects of a bundle are joined into one before the script "
                      "sees them\n  give the sections a name of their own, with "
                      "__attribute__((section(\"NAME\"))) or -ffunction-sections, and write "
                      "*(NAME)");
}

}  // namespace cbundle
