// What of a script GNU ld and lld read in two ways, or only one of them: noted where it is read.
//
// Tried with GNU ld 2.40 and lld 14.
#include <algorithm>
#include <array>
#include <bit>
#include <tuple>

#include "engine/base/text.h"
#include "engine/script/parser.h"

namespace cbundle {
namespace {

using Kind = Expression::Kind;

bool is_negative(std::optional<std::uint64_t> value) { return value && *value >> 63 == 1; }

// The bytes of a fill. GNU ld takes as many as a number has digits, and four of all else.
std::optional<std::string> fill_bytes(const Expression& e) {
  constexpr std::size_t usual = 8;  // digits
  const auto value = constant_of(e, {});
  if (!value) return std::nullopt;
  std::string digits = hex(*value).substr(2);
  const bool is_hex =
      e.kind == Kind::number && (e.text.starts_with("0x") || e.text.starts_with("0X"));
  if (is_hex && std::string_view("kKmM").find(e.text.back()) == std::string_view::npos) {
    digits = e.text.substr(2);
    std::ranges::transform(digits, digits.begin(), [](char c) {
      return c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c;
    });
  } else if (digits.size() > usual) {
    digits.erase(0, digits.size() - usual);
  } else {
    digits.insert(0, usual - digits.size(), '0');
  }
  return digits.size() % 2 == 1 ? "0" + digits : digits;
}

// "90" of "909090"; nothing where the bytes differ.
std::optional<std::string> only_byte(const std::string& digits) {
  const std::string first = digits.substr(0, 2);
  for (std::size_t i = 2; i < digits.size(); i += 2) {
    if (digits.compare(i, 2, first) != 0) return std::nullopt;
  }
  return first;
}

}  // namespace

void Parser::only_gnu(const SourceLocation& location, const std::string& words,
                      const std::string& hint) {
  notes_.push_back({location, {words, {}, hint}});
}

Result<Expression> Parser::expression() {
  const SourceLocation location = TRY(source_.peek(Reading::expression)).location();
  Expression expression = TRY(read_expression(source_.lexer()));
  note_expression(location, expression);
  return expression;
}

void Parser::note_expression(const SourceLocation& location, const Expression& e) {
  if (e.kind == Kind::call) note_call(location, e);
  const bool divides = e.kind == Kind::binary && (e.text == "/" || e.text == "%");
  if (divides && (is_negative(constant_of(e.operands[0], constants_)) ||
                  is_negative(constant_of(e.operands[1], constants_)))) {
    only_gnu(location, "divides without regard to a sign", "avoid the negative number");
  }
  for (const Expression& operand : e.operands) note_expression(location, operand);
}

void Parser::note_call(const SourceLocation& location, const Expression& call) {
  if (call.is_call("DEFINED")) {
    const std::string& name = call.operands[0].text;
    if (!movements_.contains(name)) asked_.try_emplace(name, location);
  } else if (call.is_call("CONSTANT")) {
    only_gnu(location,
             "takes CONSTANT (" + call.operands[0].text + ") for 1 when it lays out a bundle",
             "write the number");
  } else if (call.is_call("DATA_SEGMENT_ALIGN") || call.is_call("DATA_SEGMENT_RELRO_END")) {
    only_gnu(location, "reckons otherwise in " + call.text, "write ALIGN");
  } else if (call.is_call("ORIGIN") || call.is_call("LENGTH")) {
    const std::string region(call.operands[0].text);
    if (regions_.contains(region)) return;
    only_gnu(location, "cannot use the region '" + region + "' before its MEMORY command",
             "put MEMORY first");
  } else if (call.is_call("ALIGN")) {
    const auto to = constant_of(call.operands.back(), constants_);
    if (call.operands.back().is_call("CONSTANT") || !to || *to == 0 || std::has_single_bit(*to))
      return;
    only_gnu(location, "aligns to powers of two only", "align to one");
  }
}

// lld stores a symbol's last value wherever it is stored.
void Parser::note_stored(const SourceLocation& location, const Expression& e) {
  if (e.kind == Kind::name && movements_.contains(e.text)) stored_.try_emplace(e.text, location);
  for (const Expression& operand : e.operands) note_stored(location, operand);
}

void Parser::note_assigned(const std::string& name) {
  if (const auto asked = asked_.find(name); asked != asked_.end()) {
    only_gnu(asked->second,
             "takes '" + name + "' to be DEFINED from the start if the script assigns it anywhere",
             "use PROVIDE");
    asked_.erase(asked);
  }
  if (const auto stored = stored_.find(name); stored != stored_.end()) {
    only_gnu(stored->second, "stores the last value that is assigned to '" + name + "'",
             "use another symbol for the later value");
    stored_.erase(stored);
  }
}

// The text of a fill. lld wants four bytes of a number, and lays them from the section's start,
// GNU ld from where each gap starts: only equal bytes are the same.
std::string Parser::fill(const SourceLocation& location, const Expression& e) {
  const auto bytes = fill_bytes(e);
  const auto byte = bytes ? only_byte(*bytes) : std::nullopt;
  if (byte) return "0x" + *byte + *byte + *byte + *byte;
  only_gnu(location, "lays a fill of unequal bytes otherwise",
           "fill with one byte, such as 0x90909090");
  return e.kind == Kind::number ? e.text : text_of(e);
}

// A line that was taken out has left its demand to the one before it.
void Parser::place_demands() {
  using SectionOffset = std::pair<std::string, std::uint32_t>;
  if (script_.has_memory) std::ranges::copy(without_region_, std::back_inserter(notes_));
  std::map<SectionOffset, std::size_t> first_lines;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    first_lines.try_emplace({lines_[i].location.file, lines_[i].location.line}, i);
  }
  std::set<std::tuple<std::size_t, std::string, std::string>> told;
  for (Note& note : notes_) {
    const auto after = first_lines.upper_bound({note.location.file, note.location.line});
    const bool is_known =
        after != first_lines.begin() && std::prev(after)->first.first == note.location.file;
    note.demand.line = is_known ? std::prev(after)->second : 0;
    if (told.insert({note.demand.line, note.demand.lld, note.demand.gnu}).second) {
      script_.incompatibilities.push_back(std::move(note.demand));
    }
  }
  std::ranges::stable_sort(script_.incompatibilities, {}, &LinkerIncompatibility::line);
}

}  // namespace cbundle
