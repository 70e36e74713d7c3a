// INSERT: moves output sections next to one that is written elsewhere.
//
// As with GNU ld, all that SECTIONS commands say before an INSERT, back to the one before it, goes
// in front of or behind the section named. ld would look for that one in its own default script
// too; here a template of ours stands for it, where the script has no output section besides.
#include <algorithm>
#include <array>
#include <iterator>

#include "engine/script/parser.h"

namespace cbundle {
namespace {

struct TemplateSection {
  std::string_view name;
  std::string_view patterns;
};

// Named as in the default scripts of linkers. The last one takes what is left.
constexpr std::array inserted_into{
    TemplateSection{".text", "* ( .text .text.* )"},
    TemplateSection{".rodata", "* ( .rodata .rodata.* )"},
    TemplateSection{".data.rel.ro", "* ( .data.rel.ro .data.rel.ro.* )"},
    TemplateSection{".data", "* ( .data .data.* .sdata .sdata.* )"},
    TemplateSection{".bss", "* ( .bss .bss.* .sbss .sbss.* COMMON )"},
    TemplateSection{".rest", rest_word},
};

}  // namespace

Result<void> Parser::insert() {
  const Token token = TRY(source_.next(Reading::statement));
  const Token where = TRY(source_.next(Reading::statement));
  if (!where.is("AFTER") && !where.is("BEFORE")) {
    return misread(where, std::string(where.text), "AFTER or BEFORE behind INSERT");
  }
  const Token name = TRY(source_.expect_name(Reading::statement, "the name of an output section"));
  TRY(source_.skip(";", Reading::statement));
  const int first = insertions_.empty() ? 1 : insertions_.back().last + 1;
  insertions_.push_back(
      {token.location(), where.is("AFTER"), std::string(name.unquoted()), first, commands_});
  return {};
}

Result<void> Parser::move_insertions() {
  if (insertions_.empty()) return {};
  const int kept = insertions_.back().last;
  const bool has_others = std::ranges::any_of(
      lines_, [&](const Line& line) { return line.command > kept && !line.opens.empty(); });
  if (!has_others) add_template();
  for (const Insertion& insertion : insertions_) TRY(move_insertion(insertion));
  return {};
}

void Parser::add_template() {
  const SourceLocation ours;
  line(ours, "SECTIONS {");
  command_ = ++commands_;
  for (const TemplateSection& section : inserted_into) {
    line(ours, "  " + std::string(section.name) + " : {");
    lines_.back().opens = lines_.back().loads = section.name;
    line(ours, "    " + std::string(section.patterns));
    line(ours, "  }");
    lines_.back().closes = section.name;
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
                    "there is no output section '" + insertion.name +
                        "' to insert at; a script of nothing but insertions adds to .text, "
                        ".rodata, .data.rel.ro, .data, .bss and .rest");
  }
  if (insertion.is_after) ++at;
  lines_.insert(at, std::make_move_iterator(moved.begin()), std::make_move_iterator(moved.end()));
  return {};
}

}  // namespace cbundle
