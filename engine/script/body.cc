// What stands inside an output section: patterns of input sections, data, assignments.
#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "engine/base/text.h"
#include "engine/script/layout.h"
#include "engine/script/parser.h"

namespace cbundle {
namespace {

constexpr std::array data_words{"BYTE", "SHORT", "LONG", "QUAD", "SQUAD"};
constexpr std::array plain_words{"CONSTRUCTORS", "CREATE_OBJECT_SYMBOLS"};

// These stand around a pattern.
constexpr std::array sorts{"SORT", "SORT_BY_NAME", "SORT_BY_ALIGNMENT", "SORT_BY_INIT_PRIORITY",
                           "REVERSE"};
constexpr std::array other_wrappers{"KEEP", "SORT_NONE"};

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

// And what a linker makes itself.
bool matches_tables(const Token& token) {
  const std::string pattern(token.unquoted());
  return ::fnmatch(pattern.c_str(), ".rela.plt", 0) == 0 &&
         ::fnmatch(pattern.c_str(), ".shstrtab", 0) == 0;
}

// Names that end in a number in the way that both linkers look for.
bool has_priorities(std::string_view pattern) {
  constexpr std::array heads{".init_array.", ".fini_array.", ".ctors.", ".dtors."};
  return std::ranges::any_of(heads, [&](auto head) { return pattern.starts_with(head); });
}

bool is_among(const auto& words, const Token& token) {
  return std::ranges::any_of(words, [&](std::string_view word) { return token.is(word); });
}

// The bytes of a text as GNU ld 2.41 reads it in ASCIZ, the zero too.
Result<std::string> bytes_of_text(const Token& token) {
  std::string bytes;
  std::string_view rest = token.unquoted();
  const auto take = [&rest] {
    const char c = rest.front();
    rest.remove_prefix(1);
    return c;
  };
  while (!rest.empty()) {
    const char c = take();
    if (c != '\\' || rest.empty()) {
      bytes += c;
      continue;
    }
    constexpr std::string_view names = "nrt\\\"";
    constexpr std::string_view meant = "\n\r\t\\\"";
    const std::size_t known = names.find(rest.front());
    const std::size_t digits =
        std::min({std::size_t{3}, rest.size(), rest.find_first_not_of("01234567")});
    if (known == std::string_view::npos && digits == 0) {
      return error_at(token.location(), std::string("ASCIZ knows no '\\") + rest.front() + "'");
    }
    unsigned value = 0;
    for (std::size_t i = 0; i < digits; ++i)
      value = value * 8 + static_cast<unsigned>(take() - '0');
    bytes += digits > 0 ? static_cast<char>(value) : meant[known];
    if (digits == 0) take();
  }
  return bytes + '\0';
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

// An overlay's member is that to lld 14.
void Parser::only_patterns(const SourceLocation& location) {
  only_gnu(location, "knows nothing but patterns in an OVERLAY",
           "put the rest into sections that are not overlaid");
}

Result<void> Parser::body_statement(const Token& token) {
  const std::size_t lines = lines_.size();
  const SourceLocation location = token.location();
  const std::size_t patterns = inputs_;
  TRY(statement_of_body(token));
  if (body_.is_overlay && lines_.size() > lines && inputs_ == patterns) only_patterns(location);
  return {};
}

Result<void> Parser::statement_of_body(const Token& token) {
  if (token.is("INCLUDE")) {
    return source_.include(Reading::pattern, [this] { return body_statements(); });
  }
  if (TRY(special_statement(token, Level::body))) return {};
  if (is_among(data_words, token)) return data();
  if (token.is("FILL")) return fill_data(token.location());
  if (token.is("ASCIZ")) return text_data(token.location());
  if (token.is("LINKER_VERSION")) {  // says nothing unless an option asks for it
    TRY(source_.next(Reading::pattern));
    return {};
  }
  if (token.is_name() && is_assignment(TRY(source_.peek_second(Reading::pattern)))) {
    return assignment(TRY(source_.next(Reading::pattern)), Level::body);
  }
  return input_sections();
}

// lld 14 does not know the location counter in data, nor SQUAD, which is QUAD to linkers of 64
// bits.
Result<void> Parser::data() {
  const Token word = TRY(source_.next(Reading::pattern));
  const SourceLocation location = word.location();
  const std::string name(word.text);
  TRY(source_.expect("(", Reading::pattern, "after " + name));
  Expression value = TRY(expression());
  TRY(source_.expect(")", Reading::expression, "after the value of " + name));
  note_stored(location, value);
  const std::string here = "__cbundle_here_" + std::to_string(locations_ + 1);
  if (auto located = with_location(value, here)) {
    ++locations_;
    line(location, here + " = . ;");
    value = *std::move(located);
  }
  line(location, (name == "SQUAD" ? "QUAD" : name) + " ( " + text_of(value) + " )");
  return {};
}

// lld 14 has one fill for a section, the last one.
Result<void> Parser::fill_data(const SourceLocation& location) {
  TRY(source_.next(Reading::pattern));
  TRY(source_.expect("(", Reading::pattern, "after FILL"));
  const Expression value = TRY(expression());
  TRY(source_.expect(")", Reading::expression, "after the value of FILL"));
  if (lines_.size() > body_.first) {
    only_gnu(location, "fills the whole section with what FILL says last",
             "put one FILL first in the section");
  }
  line(location, "FILL ( " + fill(location, value) + " )");
  body_.has_fill = true;
  return {};
}

// Linkers know ASCIZ from GNU ld 2.41 on; others take it for the name of a file.
Result<void> Parser::text_data(const SourceLocation& location) {
  TRY(source_.next(Reading::pattern));
  const Token token = TRY(source_.expect_name(Reading::pattern, "the text of ASCIZ"));
  std::string text;
  for (const char c : TRY(bytes_of_text(token))) {
    text += (text.empty() ? "BYTE ( " : " BYTE ( ") + hex(static_cast<unsigned char>(c)) + " )";
  }
  line(location, text);
  return {};
}

Result<void> Parser::input_sections() {
  const Token token = TRY(source_.peek(Reading::pattern));
  const SourceLocation location = token.location();
  if (is_among(plain_words, token)) {
    TRY(source_.next(Reading::pattern));
    line(location, std::string(token.text));
    return {};
  }
  narrowed_ = false;
  ++inputs_;
  line(location, TRY(pattern(PatternOf::input)));
  return {};
}

// One pattern with all that stands around it: "KEEP ( * ( .init ) )", "SORT ( .text.* )",
// "EXCLUDE_FILE ( a.o ) * ( .text )". `[ .a .b ]` is `* ( .a .b )`.
Result<std::string> Parser::pattern(PatternOf kind) {
  std::string text;
  Token token = TRY(source_.next(Reading::pattern));
  while (token.is("EXCLUDE_FILE") || token.is("INPUT_SECTION_FLAGS")) {
    const PatternOf inner = token.is("EXCLUDE_FILE") ? PatternOf::files : PatternOf::flags;
    text += std::string(token.text) + " ";
    TRY(source_.expect("(", Reading::pattern, "after " + std::string(token.text)));
    text += TRY(patterns(")", inner)) + " ";
    token = TRY(source_.next(Reading::pattern));
  }
  if (token.is("[")) return text + "* " + TRY(patterns("]", PatternOf::sections));
  if (kind == PatternOf::sections && matches_stubs(token)) text = without_stubs(text);
  if (kind == PatternOf::sections) note_tables(token);
  if (is_among(sorts, token) || is_among(other_wrappers, token)) {
    text += TRY(wrapped(token, kind));
  } else {
    text += token.text;
    TRY(note_pattern(token, kind));
  }
  if (kind != PatternOf::input || !TRY(source_.skip("(", Reading::pattern))) return text;
  return text + " " + TRY(patterns(")", PatternOf::sections));
}

// Sorting files is left out: there is one. lld 14 does not know it inside KEEP.
Result<std::string> Parser::wrapped(const Token& token, PatternOf kind) {
  const std::string word(token.text);
  const SourceLocation location = token.location();
  if (++wrapped_ > max_wrapped) return error_at(location, "a pattern nested too deeply");
  TRY(source_.expect("(", Reading::pattern, "after " + word));
  const bool is_nested = sort_depth_ > 0;
  const bool is_sort = kind == PatternOf::sections && is_among(sorts, token);
  sort_depth_ += is_sort ? 1 : 0;
  const std::string inner = TRY(pattern(kind));
  sort_depth_ -= is_sort ? 1 : 0;
  TRY(source_.expect(")", Reading::pattern, "after " + word + " ( " + inner));
  --wrapped_;
  if (is_sort) note_sort(location, word, inner, is_nested);
  const bool is_of_files = kind == PatternOf::input && word != "KEEP";
  return is_of_files ? inner : word + " ( " + inner + " )";
}

void Parser::note_sort(const SourceLocation& location, const std::string& word,
                       const std::string& inner, bool is_nested) {
  ++sorts_;
  const bool by_priority = word == "SORT_BY_INIT_PRIORITY";
  if (word == "REVERSE") {
    notes_.push_back(
        {location, {"cannot do REVERSE", "REVERSE needs GNU ld 2.41", "leave it out"}});
  } else if (by_priority && is_nested) {
    notes_.push_back(
        {location, {{}, "GNU ld has SORT_BY_INIT_PRIORITY alone, in no other sort", {}}});
  } else if (by_priority && !has_priorities(inner)) {
    only_gnu(location, "knows the priorities of .init_array, .fini_array, .ctors and .dtors only",
             "sort by name");
  }
}

void Parser::note_tables(const Token& token) {
  if (narrowed_ || !matches_tables(token)) return;
  only_gnu(token.location(),
           "takes '" + std::string(token.text) + "' to mean tables of its own too",
           "name the sections, as in *(.text .text.*)");
}

// Up to the closing sign; the opening one has been read.
Result<std::string> Parser::patterns(std::string_view closing, PatternOf kind) {
  std::string text("(");
  const SourceLocation location = TRY(source_.peek(Reading::pattern)).location();
  const int sorts_before = sorts_;
  int count = 0;
  for (; !TRY(source_.skip(closing, Reading::pattern)); ++count) {
    const bool joins = kind == PatternOf::flags && TRY(source_.skip("&", Reading::pattern));
    const std::string each = joins ? "&" : TRY(pattern(kind));
    // No table of a linker's own is of these.
    if (kind == PatternOf::flags && (each == "SHF_EXECINSTR" || each == "SHF_WRITE")) {
      narrowed_ = true;
    }
    text += " " + each;
  }
  if (kind == PatternOf::sections && count > 1 && sorts_ > sorts_before) {
    only_gnu(location, "puts sorted patterns among others in another order",
             "write each in parentheses of its own: *(SORT(.a.*)) *(.b)");
  }
  return text + " )";
}

Result<void> Parser::note_pattern(const Token& token, PatternOf kind) {
  const std::string text(token.text);
  if (kind == PatternOf::input && is_among(plain_words, token)) return {};  // SORT(CONSTRUCTORS)
  if (!token.is_name()) {
    return error_at(token.location(),
                    "expected a pattern of input sections, found " + shown(token));
  }
  const bool of_files = kind == PatternOf::input || kind == PatternOf::files;
  if (token.kind == TokenKind::quoted)
    return of_files ? require_all_files(token, kind) : Result<void>();
  if (kind == PatternOf::flags) return {};
  if (of_files && text.find('=') != std::string::npos) {
    return error_at(token.location(), "'" + text +
                                          "' is read as the name of a file, so put spaces "
                                          "around its '='");
  }
  if (text.size() > 1 && text.find(',') != std::string::npos) {
    return error_at(token.location(), "'" + text +
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
  return error_at(token.location(),
                  std::string(kind == PatternOf::files ? "excludes" : "chooses") +
                      " sections by the name of a file, '" + std::string(name) +
                      "', but all objects of a bundle are joined into one before the script "
                      "sees them\n  give the sections a name of their own, with "
                      "__attribute__((section(\"NAME\"))) or -ffunction-sections, and write "
                      "*(NAME)");
}

}  // namespace cbundle
