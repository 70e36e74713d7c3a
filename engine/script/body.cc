// The statements inside an output section: patterns of input sections, data, assignments.
#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "engine/base/text.h"
#include "engine/script/layout.h"
#include "engine/script/parser.h"

namespace cbundle {
namespace {

constexpr std::array data_commands{"BYTE", "SHORT", "LONG", "QUAD", "SQUAD", "FILL"};
constexpr std::array plain_commands{"CONSTRUCTORS", "CREATE_OBJECT_SYMBOLS"};

// These enclose a pattern.
constexpr std::array sorts{"SORT", "SORT_BY_NAME", "SORT_BY_ALIGNMENT", "SORT_BY_INIT_PRIORITY",
                           "REVERSE"};
constexpr std::array other_wrappers{"KEEP", "SORT_NONE"};

constexpr int max_pattern_depth = 20;

// Files of a C runtime, as linkers' own scripts name them: "*crtbegin?.o", "*/crti.o". They are
// never in a bundle, so selecting or excluding them changes nothing.
bool is_of_c_runtime(std::string_view pattern) {
  constexpr std::array runtime{"crt0.o",   "crt1.o",      "crti.o",    "crtn.o",      "crtbegin.o",
                               "crtend.o", "crtbegin?.o", "crtend?.o", "crtbegin*.o", "crtend*.o"};
  if (!pattern.starts_with('*')) return false;  // GNU ld would open the file
  pattern.remove_prefix(std::min(pattern.find_first_not_of("*/"), pattern.size()));
  return std::ranges::find(runtime, pattern) != runtime.end();
}

// Adds the import stub to `text`, which is empty or the one list "EXCLUDE_FILE ( a b ) ".
std::string excluding_stubs(std::string_view text) {
  const std::string_view list = text.substr(0, text.rfind(')'));
  return (list.empty() ? "EXCLUDE_FILE ( " : std::string(list)) + "*" +
         std::string(import_stub_name) + " ) ";
}

// Layouts are linked from one object, partial.o, so a pattern must match all files.
bool matches_all_files(std::string_view pattern) { return pattern == "*" || pattern == "*.o"; }

bool matches(const Token& pattern, const char* section) {
  return ::fnmatch(std::string(pattern.unquoted()).c_str(), section, 0) == 0;
}

// Whether both linkers read a priority at the end of the name.
bool has_priorities(std::string_view pattern) {
  constexpr std::array heads{".init_array.", ".fini_array.", ".ctors.", ".dtors."};
  return std::ranges::any_of(heads, [&](auto head) { return pattern.starts_with(head); });
}

// The bytes of a text as GNU ld 2.41 reads it in ASCIZ, with the zero at its end.
Result<std::string> bytes_of_text(const Token& token) {
  constexpr std::string_view escapes = "nrt\\\"";
  constexpr std::string_view values = "\n\r\t\\\"";
  std::string bytes;
  const std::string_view text = token.unquoted();
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at++];
    if (c != '\\' || at == text.size()) {
      bytes += c;
      continue;
    }
    unsigned value = 0;
    const std::size_t digits = at;
    for (; at < text.size() && at < digits + 3 && text[at] >= '0' && text[at] <= '7'; ++at) {
      value = value * 8 + static_cast<unsigned>(text[at] - '0');
    }
    if (at > digits) {
      bytes += static_cast<char>(value);
    } else if (const auto found = escapes.find(text[at++]); found != escapes.npos) {
      bytes += values[found];
    } else {
      return error_at(token.location(),
                      std::string("unknown escape '\\") + text[at - 1] + "' in ASCIZ");
    }
  }
  return bytes + '\0';
}

}  // namespace

// To lld 14 a section of an OVERLAY contains nothing else.
void Parser::report_overlay_content(const SourceLocation& location) {
  report_lld(location, "accepts only input section patterns in an OVERLAY",
             "move the rest to sections outside the OVERLAY");
}

Result<void> Parser::body_statement(const Token& token) {
  const std::size_t lines = lines_.size();
  const SourceLocation location = token.location();
  const std::size_t patterns = inputs_;
  TRY(statement_of_body(token));
  if (body_.is_overlay && lines_.size() > lines && inputs_ == patterns)
    report_overlay_content(location);
  return {};
}

Result<void> Parser::statement_of_body(const Token& token) {
  if (TRY(special_statement(token, Level::body))) return {};
  if (token.is_any_of(data_commands)) return data();
  if (token.is("ASCIZ")) return text_data();
  if (token.is("LINKER_VERSION")) {  // adds nothing without --enable-linker-version
    TRY(lexer().next(LexMode::pattern));
    return {};
  }
  if (token.is_name() && is_assignment(TRY(lexer().peek(LexMode::pattern, 1)))) {
    return assignment(TRY(lexer().next(LexMode::pattern)), Level::body);
  }
  return input_sections();
}

// lld 14 supports neither the location counter in data nor SQUAD, which is QUAD to 64-bit linkers.
Result<void> Parser::data() {
  const Token word = TRY(lexer().next(LexMode::pattern));
  const SourceLocation location = word.location();
  const std::string name(word.text);
  TRY(lexer().expect("(", LexMode::pattern, "after " + name));
  Expression value = TRY(expression());
  TRY(lexer().expect(")", LexMode::expression, "after the value of " + name));
  if (name == "FILL") {
    write_fill(location, value);
    return {};
  }
  record_stored(location, value);
  const std::string here = "__cbundle_here_" + std::to_string(locations_ + 1);
  if (replace_location(value, here)) {
    ++locations_;
    line(location, here + " = . ;");
  }
  line(location, (name == "SQUAD" ? "QUAD" : name) + " ( " + text_of(value) + " )");
  return {};
}

void Parser::write_fill(const SourceLocation& location, const Expression& value) {
  if (lines_.size() > body_.first) {
    report_lld(location, "fills the whole section with the last FILL value",
               "use one FILL, first in the section");
  }
  line(location, "FILL ( " + fill(location, value) + " )");
  body_.has_fill = true;
}

// GNU ld supports ASCIZ from 2.41 on; other linkers read it as the name of a file.
Result<void> Parser::text_data() {
  const SourceLocation location = TRY(lexer().next(LexMode::pattern)).location();
  const Token token = TRY(lexer().expect_name(LexMode::pattern, "the text of ASCIZ"));
  std::string text;
  for (const char c : TRY(bytes_of_text(token))) {
    text += (text.empty() ? "BYTE ( " : " BYTE ( ") + hex(static_cast<unsigned char>(c)) + " )";
  }
  line(location, text);
  return {};
}

Result<void> Parser::input_sections() {
  const Token token = TRY(lexer().peek(LexMode::pattern));
  const SourceLocation location = token.location();
  if (token.is_any_of(plain_commands)) {
    TRY(lexer().next(LexMode::pattern));
    line(location, std::string(token.text));
    return {};
  }
  excludes_linker_tables_ = false;
  ++inputs_;
  line(location, TRY(pattern(PatternOf::input)));
  return {};
}

// One pattern with what encloses it: "KEEP ( * ( .init ) )", "SORT ( .text.* )",
// "EXCLUDE_FILE ( a.o ) * ( .text )". `[ .a .b ]` is `* ( .a .b )`.
Result<std::string> Parser::pattern(PatternOf kind) {
  std::string text;
  Token token = TRY(lexer().next(LexMode::pattern));
  while (token.is("EXCLUDE_FILE") || token.is("INPUT_SECTION_FLAGS")) {
    const PatternOf inner = token.is("EXCLUDE_FILE") ? PatternOf::files : PatternOf::flags;
    text += std::string(token.text) + " ";
    TRY(lexer().expect("(", LexMode::pattern, "after " + std::string(token.text)));
    text += TRY(patterns(")", inner)) + " ";
    token = TRY(lexer().next(LexMode::pattern));
  }
  if (token.is("[")) return text + "* " + TRY(patterns("]", PatternOf::sections));
  if (kind == PatternOf::sections) {
    if (matches(token, ".cbundle.import.0")) text = excluding_stubs(text);
    check_linker_tables(token);
  }
  if (token.is_any_of(sorts) || token.is_any_of(other_wrappers)) {
    text += TRY(wrapped(token, kind));
  } else {
    text += token.text;
    TRY(check_pattern(token, kind));
  }
  if (kind != PatternOf::input || !TRY(lexer().skip("(", LexMode::pattern))) return text;
  return text + " " + TRY(patterns(")", PatternOf::sections));
}

// Sorting of files is removed: there is one file, and lld 14 does not accept it inside KEEP.
Result<std::string> Parser::wrapped(const Token& token, PatternOf kind) {
  const std::string word(token.text);
  const SourceLocation location = token.location();
  if (++pattern_depth_ > max_pattern_depth) {
    return error_at(location, "the pattern is nested more than 20 levels deep");
  }
  TRY(lexer().expect("(", LexMode::pattern, "after " + word));
  const bool is_nested = sort_depth_ > 0;
  const bool is_sort = kind == PatternOf::sections && token.is_any_of(sorts);
  sort_depth_ += is_sort ? 1 : 0;
  const std::string inner = TRY(pattern(kind));
  sort_depth_ -= is_sort ? 1 : 0;
  TRY(lexer().expect(")", LexMode::pattern, "after " + word + " ( " + inner));
  --pattern_depth_;
  if (is_sort) check_sort(location, word, inner, is_nested);
  const bool is_of_files = kind == PatternOf::input && word != "KEEP";
  return is_of_files ? inner : word + " ( " + inner + " )";
}

void Parser::check_sort(const SourceLocation& location, const std::string& word,
                        const std::string& inner, bool is_nested) {
  ++sorts_;
  const bool by_priority = word == "SORT_BY_INIT_PRIORITY";
  if (word == "REVERSE") {
    reports_.push_back(
        {location, {"does not support REVERSE", "REVERSE needs GNU ld 2.41", "remove it"}});
  } else if (by_priority && is_nested) {
    reports_.push_back(
        {location, {{}, "GNU ld does not accept SORT_BY_INIT_PRIORITY inside another sort", {}}});
  } else if (by_priority && !has_priorities(inner)) {
    report_lld(location, "supports priorities only for .init_array, .fini_array, .ctors and .dtors",
               "sort by name");
  }
}

void Parser::check_linker_tables(const Token& token) {
  if (excludes_linker_tables_ || !matches(token, ".rela.plt") || !matches(token, ".shstrtab"))
    return;
  report_lld(token.location(),
             "matches '" + std::string(token.text) + "' against its own tables too",
             "name the sections, as in *(.text .text.*)");
}

// The patterns of a list, up to `closing`; the opening parenthesis has been read.
Result<std::string> Parser::patterns(std::string_view closing, PatternOf kind) {
  std::string text("(");
  const SourceLocation location = TRY(lexer().peek(LexMode::pattern)).location();
  const int sorts_before = sorts_;
  int count = 0;
  for (; !TRY(lexer().skip(closing, LexMode::pattern)); ++count) {
    const bool joins = kind == PatternOf::flags && TRY(lexer().skip("&", LexMode::pattern));
    const std::string each = joins ? "&" : TRY(pattern(kind));
    // No section that a linker creates has these flags.
    if (kind == PatternOf::flags && (each == "SHF_EXECINSTR" || each == "SHF_WRITE")) {
      excludes_linker_tables_ = true;
    }
    text += " " + each;
  }
  if (kind == PatternOf::sections && count > 1 && sorts_ > sorts_before) {
    report_lld(location, "orders sorted patterns in a list with others differently",
               "write each in parentheses of its own: *(SORT(.a.*)) *(.b)");
  }
  return text + " )";
}

Result<void> Parser::check_pattern(const Token& token, PatternOf kind) {
  const std::string text(token.text);
  if (kind == PatternOf::input && token.is_any_of(plain_commands)) return {};  // SORT(CONSTRUCTORS)
  if (!token.is_name()) return expected("a pattern of input sections", token);
  const bool is_of_files = kind == PatternOf::input || kind == PatternOf::files;
  const bool is_quoted = token.kind == TokenKind::quoted;
  if (is_of_files && !is_quoted && text.find('=') != std::string::npos) {
    return error_at(token.location(), "'" + text + "' is read as the name of a file",
                    "put spaces around its '='");
  }
  if (kind != PatternOf::flags && !is_quoted && text.size() > 1 &&
      text.find(',') != std::string::npos) {
    return error_at(token.location(), "'" + text + "' is read as one name",
                    "separate names by spaces, not by ','");
  }
  return is_of_files ? require_all_files(token, kind) : Result<void>();
}

// GNU ld would link a file that is named without a wildcard, a second time or from elsewhere.
Result<void> Parser::require_all_files(const Token& token, PatternOf kind) {
  const std::string_view name = token.unquoted();
  if (is_of_c_runtime(name)) return {};
  if (kind == PatternOf::input && matches_all_files(name)) return {};
  return error_at(token.location(),
                  "the pattern " + std::string(kind == PatternOf::files ? "excludes" : "selects") +
                      " sections of the file '" + std::string(name) +
                      "', but all objects of a bundle are joined into one before this link",
                  "give the sections a name of their own, with __attribute__((section(\"NAME\"))) "
                  "or -ffunction-sections, and write *(NAME)");
}

}  // namespace cbundle
