// The grammar of a linker script, as far as rewriting its addresses needs it.
//
// What it reads it writes again, line by line, in one canonical form.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/script/offsets.h"
#include "engine/script/relocatable_expression.h"
#include "engine/script/source.h"

namespace cbundle {

class Parser {
 public:
  Parser(const std::filesystem::path& directory, const ReadScript& read)
      : source_(directory, read) {}

  // See parse_script(); without a text, read_script().
  Result<Script> parse(const std::filesystem::path& path, std::optional<std::string_view> text);

 private:
  // Where a statement is: outside SECTIONS, in it, or in an output section.
  enum class Level { top, sections, body };
  static LexMode reading_at(Level level) {
    return level == Level::body ? LexMode::pattern : LexMode::statement;
  }

  struct Assignment {
    SourceLocation location;
    std::string name;
    std::string function;  // "PROVIDE", "PROVIDE_HIDDEN", "HIDDEN" or empty
    Expression value;      // "x + ( 4 )" for "x += 4"
  };

  // An output section up to its brace.
  struct Header {
    SourceLocation location;
    std::string name;
    std::optional<Expression> address;
    std::string type;        // "( NOLOAD )"
    std::string attributes;  // " SUBALIGN ( 4 )"
    bool has_load_address = false;
    bool has_inner_alignment = false;
    bool is_overlay = false;
    bool is_never_loaded = false;
  };

  // An assertion may name symbols that are assigned after it, so its text is written at the end.
  struct Assertion {
    std::size_t line;
    std::string before;
    Expression condition;
    std::string after;
  };

  // An output section's closing brace and what follows it.
  struct Trailer {
    SourceLocation location;  // of the brace
    std::string text;
    std::string region, load_region;
    bool has_fill = false;
  };

  // What is between the braces of the current output section.
  struct Body {
    std::string name;                        // as written
    std::size_t first = 0;                   // its first line
    std::set<std::string, std::less<>> own;  // symbols assigned in it
    std::string start;                       // the symbol of its start; empty until needed
    bool has_fill = false;                   // by FILL
    bool is_overlay = false;                 // a member of one
  };

  struct Line {
    std::string text;
    std::string as_written;  // for scripts with LD_FEATURE ( "SANE_EXPR" ); empty: as `text`
    SourceLocation location;
    int command = 0;          // number of the SECTIONS command that it is in, from 1; 0: outside
    std::string opens = {};   // name, without quotes, of the output section that begins here
    std::string closes = {};  // likewise, ends here
    std::string loads = {};   // name, as written, of a loaded output section that begins here
  };

  // Moves the SECTIONS commands from `first` to `last` before or after an output section.
  struct Insertion {
    SourceLocation location;
    bool is_after;
    std::string name;
    int first;
    int last;
  };

  // What a pattern in an output section selects; `input`: files and sections.
  enum class PatternOf { input, sections, files, flags };

  using ReadStatement = Result<void> (Parser::*)(const Token&);

  // Calls `read` before each statement up to a '}' or the end of the file; skips separators. A list
  // without separators cannot contain INCLUDE either.
  Result<void> statements(LexMode reading, std::string_view separators, ReadStatement read);
  Result<Script> finish(const std::string& name);  // `name` is the script's file, for messages

  // commands.cc
  Result<void> command(const Token& token);
  Result<void> command_with_arguments();
  Result<std::string> arguments(LexMode reading, std::string* first = nullptr);
  Result<void> block(std::string_view separators, ReadStatement read);  // "MEMORY { … }"
  Result<void> region(const Token& token);
  Result<Expression> region_value(std::initializer_list<std::string_view> names);
  Result<void> phdr(const Token& token);

  // sections.cc
  Result<void> section_statement(const Token& token);
  Result<void> output_section(const Token& name);
  Result<Header> header(const Token& name);
  Result<void> header_address(Header& header);
  Result<bool> header_type(Header& header);
  Result<void> header_attribute(Header& header, const Token& token);
  std::string address_of(const Header& header, const Expression& address) const;
  void write_header(const Header& header);
  Result<void> overlay_member(const Token& token);
  Result<void> body(const std::string& name, bool is_overlay);
  void define_load_symbols(const SourceLocation& location, const std::string& section);
  void report_overlay_content(const SourceLocation& location);
  Result<Trailer> trailer(const std::string& section);
  void check_header(const Header& header);
  void check_trailer(const Header& header, const Trailer& trailer);
  void save_location(const SourceLocation& location);
  void restore_location(const SourceLocation& location);

  // insertion.cc
  Result<void> insert();
  Result<void> move_insertions();
  Result<void> move_insertion(const Insertion& insertion);
  void add_default_sections();

  // body.cc
  Result<void> body_statement(const Token& token);
  Result<void> statement_of_body(const Token& token);
  Result<void> data();
  void write_fill(const SourceLocation& location, const Expression& value);
  Result<void> text_data();
  Result<void> input_sections();
  Result<std::string> pattern(PatternOf kind);
  Result<std::string> wrapped(const Token& token, PatternOf kind);
  Result<std::string> patterns(std::string_view closing, PatternOf kind);
  void check_sort(const SourceLocation& location, const std::string& word, const std::string& inner,
                  bool is_nested);
  void check_linker_tables(const Token& token);
  static Result<void> check_pattern(const Token& token, PatternOf kind);
  static Result<void> require_all_files(const Token& token, PatternOf kind);

  // assignments.cc
  Result<bool> special_statement(const Token& token, Level level);  // whether it was one
  Result<void> assignment(const Token& name, Level level);
  Result<void> provided(Level level);
  Result<void> assertion(Level level);
  Result<void> end_of_statement(std::string_view after);
  Result<void> apply(const Assignment& assignment, Level level);
  Result<bool> declare_import(const Assignment& assignment, Level level);
  void write_symbol(const Assignment& assignment, Level level);
  void write_location(const Assignment& assignment, Level level);
  void write_location_inside(const SourceLocation& location, const Expression& value);
  std::string portable(const SourceLocation& location, PortableText inside);
  void record_symbol(const Assignment& assignment, Level level);
  static bool is_assignment(const Token& token);

  // linker_incompatibilities.cc
  Result<Expression> expression();  // reads one, and reports its incompatibilities
  void check_expression(const SourceLocation& location, const Expression& expression);
  void check_call(const SourceLocation& location, const Expression& call);
  void record_stored(const SourceLocation& location, const Expression& expression);
  void check_assigned(const std::string& name);
  std::string fill(const SourceLocation& location, const Expression& expression);
  void report_lld(const SourceLocation& location, const std::string& what, const std::string& hint);
  void place_incompatibilities();

  Lexer& lexer() { return source_.lexer(); }
  // Adds a line of text, indented.
  void line(const SourceLocation& location, std::string text, std::string as_written = {});
  SectionContext section_context(std::string start) const;
  void record_alignment(const Expression& expression);
  Error unexpected(const Token& found, const std::string& name, std::string_view what) const;

  Source source_;
  Script script_;
  std::vector<Line> lines_;
  std::vector<Assertion> assertions_;
  std::vector<Insertion> insertions_;
  int commands_ = 0;  // SECTIONS commands so far
  int command_ = 0;   // the current one; 0: outside
  std::size_t indent_ = 0;
  int pattern_depth_ = 0;
  int sort_depth_ = 0;
  int sorts_ = 0;                        // so far
  std::size_t inputs_ = 0;               // statements that are patterns, so far
  bool excludes_linker_tables_ = false;  // by the current pattern's flags
  bool location_is_saved_ = false;       // among sections that are never loaded
  AddressClasses symbol_classes_;
  Constants constants_;
  Body body_;
  std::vector<std::string> overlaid_;            // sections of the current OVERLAY
  int starts_ = 0;                               // sections whose start has a symbol
  int locations_ = 0;                            // location counters in data that have one
  std::set<std::string, std::less<>> enclosed_;  // symbols assigned in output sections
  bool has_sane_offsets_ = false;                // LD_FEATURE ( "SANE_EXPR" )

  // An incompatibility, until its line in the text is known.
  struct Report {
    SourceLocation location;
    LinkerIncompatibility incompatibility;
  };
  using SymbolLocations = std::map<std::string, SourceLocation, std::less<>>;
  std::vector<Report> reports_;
  SymbolLocations tested_;                      // by DEFINED, not assigned so far
  SymbolLocations stored_;                      // in data, assigned before
  std::set<std::string, std::less<>> regions_;  // of MEMORY, aliases too
  std::vector<Report> without_region_;          // loaded sections, if there is MEMORY
  std::string region_, load_region_;            // of the section before
};

}  // namespace cbundle
