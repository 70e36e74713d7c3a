// INSERT: moves output sections before or after another one.
//
// As in GNU ld, it moves the SECTIONS commands since the previous INSERT. ld also looks for the
// other section in its default script; here a default script of our own takes its place if the
// script has no other output sections.
#include <algorithm>
#include <array>
#include <iterator>

#include "engine/script/parser.h"

namespace cbundle {
namespace {

using DefaultSection = std::pair<std::string_view, std::string_view>;  // name and patterns

// Named as in the default scripts of linkers. The last one contains the remaining sections.
constexpr std::array default_sections{
    DefaultSection{".text", "* ( .text .text.* )"},
    DefaultSection{".rodata", "* ( .rodata .rodata.* )"},
    DefaultSection{".data.rel.ro", "* ( .data.rel.ro .data.rel.ro.* )"},
    DefaultSection{".data", "* ( .data .data.* .sdata .sdata.* )"},
    DefaultSection{".bss", "* ( .bss .bss.* .sbss .sbss.* COMMON )"},
    DefaultSection{".rest", rest_placeholder},
};

}  // namespace

Result<void> Parser::insert() {
  const Token token = TRY(lexer().next(LexMode::statement));
  const Token where = TRY(lexer().next(LexMode::statement));
  if (!where.is("AFTER") && !where.is("BEFORE")) {
    return unexpected(where, std::string(where.text), "AFTER or BEFORE after INSERT");
  }
  const Token name = TRY(lexer().expect_name(LexMode::statement, "the name of an output section"));
  TRY(lexer().skip(";", LexMode::statement));
  const int first = insertions_.empty() ? 1 : insertions_.back().last + 1;
  insertions_.push_back(
      {token.location(), where.is("AFTER"), std::string(name.unquoted()), first, commands_});
  return {};
}

Result<void> Parser::move_insertions() {
  if (insertions_.empty()) return {};
  const int last = insertions_.back().last;
  const bool has_others = std::ranges::any_of(
      lines_, [&](const Line& line) { return line.command > last && !line.opens.empty(); });
  if (!has_others) add_default_sections();
  for (const Insertion& insertion : insertions_) TRY(move_insertion(insertion));
  return {};
}

void Parser::add_default_sections() {
  const SourceLocation ours;
  line(ours, "SECTIONS {");
  command_ = ++commands_;
  for (const auto& [name, patterns] : default_sections) {
    line(ours, "  " + std::string(name) + " : {");
    lines_.back().opens = lines_.back().loads = name;
    line(ours, "    " + std::string(patterns));
    line(ours, "  }");
    lines_.back().closes = name;
  }
  command_ = 0;
  line(ours, "}");
}

Result<void> Parser::move_insertion(const Insertion& insertion) {
  const auto moves = [&](const Line& line) {
    return line.command >= insertion.first && line.command <= insertion.last;
  };
  const auto begin = std::stable_partition(lines_.begin(), lines_.end(),
                                           [&](const Line& line) { return !moves(line); });
  std::vector<Line> moved(std::make_move_iterator(begin), std::make_move_iterator(lines_.end()));
  lines_.erase(begin, lines_.end());
  auto at =
      std::ranges::find(lines_, insertion.name, insertion.is_after ? &Line::closes : &Line::opens);
  if (at == lines_.end()) {
    return error_at(insertion.location,
                    "INSERT names an unknown output section '" + insertion.name + "'",
                    "a script in which all sections are inserted has .text, .rodata, .data.rel.ro, "
                    ".data, .bss and .rest");
  }
  if (insertion.is_after) ++at;
  lines_.insert(at, std::make_move_iterator(moved.begin()), std::make_move_iterator(moved.end()));
  return {};
}

}  // namespace cbundle
