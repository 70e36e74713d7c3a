// The grammar of a linker script, as far as it must be understood to move it.
//
// What it reads it writes out again, line by line, in one canonical form.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/script/moving.h"
#include "engine/script/offsets.h"
#include "engine/script/source.h"

namespace cbundle {

class Parser {
 public:
  explicit Parser(Source& source) : source_(source) {}

  // Commands up to the end of the current file.
  Result<void> commands();

  // All that was read; `name` is the script, for messages.
  Result<Script> finish(const std::string& name);

 private:
  // Where a statement stands; outside SECTIONS, in it, or inside an output section.
  enum class Level { top, sections, body };
  static Reading reading_at(Level level) {
    return level == Level::body ? Reading::pattern : Reading::statement;
  }

  struct Assignment {
    SourceLocation location;
    std::string name;
    std::string sign;      // "=", "+="
    std::string function;  // "PROVIDE", "PROVIDE_HIDDEN", "HIDDEN" or empty
    Expression value;
  };

  // An output section up to its brace.
  struct Header {
    SourceLocation location;
    std::string name;
    std::optional<Expression> address;
    std::string type;       // "( NOLOAD )"
    std::string qualities;  // " SUBALIGN ( 4 )"
    bool has_load_address = false;
    bool has_inner_alignment = false;
    bool is_overlay = false;
    bool is_never_loaded = false;
  };

  // An assertion may name symbols that are assigned after it, so its text is made at the end.
  struct Assertion {
    std::size_t line;
    std::string before;
    Expression condition;
    std::string after;
  };

  // Behind an output section's brace.
  struct Trailer {
    std::string text;
    std::string region, load_region;
    bool has_fill = false;
  };

  // What is inside the braces of the output section that is read.
  struct Body {
    std::string name;                        // as written
    std::size_t first = 0;                   // its first line
    std::set<std::string, std::less<>> own;  // symbols assigned in it
    std::string start;                       // the symbol for where it starts, once it is needed
    bool has_fill = false;                   // by FILL
    bool is_overlay = false;                 // a member of one
  };

  // `command` is the number of the SECTIONS command that the line is in, from 1; 0 outside. On the
  // first and last line of an output section, its name without quotes.
  struct Line {
    std::string text;
    std::string as_written;  // where LD_FEATURE changes what offsets are; empty: as `text`
    SourceLocation location;
    int command = 0;
    std::string opens;
    std::string closes;
    std::string loads;  // the same as `opens`, as written, where it is loaded; in overlays too
  };

  // The SECTIONS commands from `first` to `last` go before or after an output section.
  struct Insertion {
    SourceLocation location;
    bool is_after;
    std::string name;
    int first;
    int last;
  };

  // What a pattern in an output section chooses; `input` is a whole one, files and sections.
  enum class PatternOf { input, sections, files, flags };

  // commands.cc
  Result<void> command(const Token& token);
  Result<void> kept_command();
  void note_command(const Token& token);
  Result<void> dropped_command();
  Result<std::string> arguments(Reading reading, std::string* first = nullptr);
  Result<void> memory();
  Result<void> regions();
  Result<void> region();
  Result<Expression> region_value(std::initializer_list<std::string_view> words);
  Result<void> phdrs();
  Result<void> phdr();

  // sections.cc
  Result<void> sections();
  Result<void> section_statements();
  Result<void> section_statement(const Token& token);
  Result<void> output_section(const Token& name);
  Result<Header> header(const Token& name);
  Result<void> header_address(Header& header);
  Result<bool> header_type(Header& header);
  Result<void> header_qualities(Header& header);
  Result<void> header_quality(Header& header, const Token& token);
  std::string address_of(const Header& header, const Expression& address) const;
  void write_header(const Header& header);
  Result<void> overlay_members();
  Result<void> body(const std::string& name, bool is_overlay);
  void define_load_addresses(const SourceLocation& location);
  void only_patterns(const SourceLocation& location);
  Result<Trailer> trailer();
  void note_header(const Header& header);
  void note_trailer(const Header& header, const Trailer& trailer, const SourceLocation& location);
  Result<std::string> name_after(std::string_view sign);
  void step_aside(const SourceLocation& location);
  void step_back(const SourceLocation& location);

  // insertion.cc
  Result<void> insert();
  Result<void> move_insertions();
  Result<void> move_insertion(const Insertion& insertion);
  void add_template();

  // body.cc
  Result<void> body_statements();
  Result<void> body_statement(const Token& token);
  Result<void> statement_of_body(const Token& token);
  Result<void> data();
  Result<void> text_data(const SourceLocation& location);
  Result<void> fill_data(const SourceLocation& location);
  Result<void> input_sections();
  Result<std::string> pattern(PatternOf kind);
  Result<std::string> wrapped(const Token& token, PatternOf kind);
  Result<std::string> patterns(std::string_view closing, PatternOf kind);
  void note_sort(const SourceLocation& location, const std::string& word, const std::string& inner,
                 bool is_nested);
  void note_tables(const Token& token);
  static Result<void> note_pattern(const Token& token, PatternOf kind);
  static Result<void> require_all_files(const Token& token, PatternOf kind);

  // assignments.cc
  Result<bool> special_statement(const Token& token, Level level);  // whether it was one
  Result<void> assignment(const Token& name, Level level);
  Result<void> provided(Level level);
  Result<void> assertion(Level level);
  Result<void> end_of_statement(std::string_view after);
  Result<void> take(const Assignment& assignment, Level level);
  Result<bool> took_import(const Assignment& assignment, Level level);
  void write_symbol(const Assignment& assignment, Level level);
  void write_location(const Assignment& assignment, Level level);
  void write_location_inside(const SourceLocation& location, const Expression& value);
  void note_offset(const SourceLocation& location);
  void remember(const Assignment& assignment, Level level);
  static bool is_assignment(const Token& token);

  // incompatibilities.cc
  Result<Expression> expression();  // the next one, with what it incompatibilities noted
  void note_expression(const SourceLocation& location, const Expression& expression);
  void note_call(const SourceLocation& location, const Expression& call);
  void note_stored(const SourceLocation& location, const Expression& expression);
  void note_assigned(const std::string& name);
  std::string fill(const SourceLocation& location, const Expression& expression);
  void only_gnu(const SourceLocation& location, const std::string& words, const std::string& hint);
  void place_demands();

  // Adds a line of text, indented.
  void line(const SourceLocation& location, std::string text, std::string as_written = {});
  Surroundings surroundings(std::string start) const;
  void note_alignment(const Expression& expression);
  Error misread(const Token& found, const std::string& name, std::string_view expected) const;

  Source& source_;
  Script script_;
  std::vector<Line> lines_;
  std::vector<Assertion> assertions_;
  std::vector<Insertion> insertions_;
  int commands_ = 0;  // SECTIONS commands so far
  int command_ = 0;   // the one we are in
  std::size_t indent_ = 0;
  int wrapped_ = 0;         // how deep in patterns
  int sort_depth_ = 0;      // how deep in sorted ones
  int sorts_ = 0;           // so far
  std::size_t inputs_ = 0;  // statements that are patterns, so far
  bool narrowed_ = false;   // the pattern's flags leave out a linker's own tables
  bool aside_ = false;      // among sections that are never loaded
  Movements movements_;
  Constants constants_;
  Body body_;
  std::vector<std::string> overlaid_;            // sections of the OVERLAY that is read
  int starts_ = 0;                               // sections whose start has a symbol
  int locations_ = 0;                            // locations in data that have one
  std::set<std::string, std::less<>> enclosed_;  // symbols assigned in output sections
  bool has_sane_offsets_ = false;                // LD_FEATURE ( "SANE_EXPR" )

  // A demand's location, until its line is known.
  struct Note {
    SourceLocation location;
    LinkerIncompatibility demand;
  };
  std::vector<Note> notes_;
  std::map<std::string, SourceLocation, std::less<>>
      asked_;  // by DEFINED, of symbols not yet assigned
  std::map<std::string, SourceLocation, std::less<>>
      stored_;                                  // in data, of symbols assigned before
  std::set<std::string, std::less<>> regions_;  // of MEMORY, aliases too
  std::vector<Note> without_region_;            // loaded sections, if there is MEMORY
  std::string region_, load_region_;            // of the section before
};

}  // namespace cbundle
