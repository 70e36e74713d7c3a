// What stands inside an output section: patterns of input sections, data, assignments.
#include <algorithm>
#include <array>

#include "engine/script/parser.h"

namespace cbundle {
namespace {

constexpr std::array data_words{"BYTE", "SHORT", "LONG", "QUAD", "SQUAD", "FILL"};
constexpr std::array plain_words{"CONSTRUCTORS", "CREATE_OBJECT_SYMBOLS", "LINKER_VERSION"};

// These stand around a pattern.
constexpr std::array wrappers{"KEEP",      "SORT",    "SORT_BY_NAME",         "SORT_BY_ALIGNMENT",
                              "SORT_NONE", "REVERSE", "SORT_BY_INIT_PRIORITY"};

constexpr int max_wrapped = 20;

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
  if (kind == PatternOf::flags || token.kind == TokenKind::quoted) return {};
  const bool of_files = kind == PatternOf::input || kind == PatternOf::files;
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
  auto& known = script_.file_patterns;
  if (of_files && text != "*" && std::ranges::find(known, text) == known.end()) {
    known.push_back(text);
  }
  return {};
}

}  // namespace cbundle
