// Reports what only one of GNU ld 2.40 and lld 14 supports, or what they read differently.
#include <algorithm>
#include <bit>
#include <tuple>

#include "engine/base/text.h"
#include "engine/script/parser.h"

namespace cbundle {
namespace {

using Kind = Expression::Kind;

bool is_negative(std::optional<std::uint64_t> value) { return value && *value >> 63 == 1; }

// The bytes of a fill in hexadecimal. GNU ld uses as many as a number has digits, and four of any
// other expression.
std::optional<std::string> fill_bytes(const Expression& e) {
  constexpr std::size_t usual = 8;  // digits
  const auto value = constant_of(e, {});
  if (!value) return std::nullopt;
  std::string digits = hex(*value & 0xffff'ffff).substr(2);
  const bool is_hex = e.kind == Kind::number && e.text.size() > 2 &&  // "0x" is 0 in base 16
                      (e.text.starts_with("0x") || e.text.starts_with("0X"));
  if (is_hex && std::string_view("kKmM").find(e.text.back()) == std::string_view::npos) {
    digits = e.text.substr(2);
    for (char& c : digits) c = static_cast<char>(c | 0x20);  // lower case
  } else {
    digits.insert(0, usual - digits.size(), '0');
  }
  return digits.size() % 2 == 1 ? "0" + digits : digits;
}

}  // namespace

void Parser::report_lld(const SourceLocation& location, const std::string& what,
                        const std::string& hint) {
  reports_.push_back({location, {what, {}, hint}});
}

Result<Expression> Parser::expression() {
  const SourceLocation location = TRY(lexer().peek(LexMode::expression)).location();
  Expression expression = TRY(read_expression(lexer()));
  check_expression(location, expression);
  return expression;
}

void Parser::check_expression(const SourceLocation& location, const Expression& e) {
  if (e.kind == Kind::call) check_call(location, e);
  const bool divides = e.kind == Kind::binary && (e.text == "/" || e.text == "%");
  if (divides && (is_negative(constant_of(e.operands[0], constants_)) ||
                  is_negative(constant_of(e.operands[1], constants_)))) {
    report_lld(location, "divides as unsigned numbers", "avoid the negative number");
  }
  for (const Expression& operand : e.operands) check_expression(location, operand);
}

void Parser::check_call(const SourceLocation& location, const Expression& call) {
  if (call.is_call("DEFINED")) {
    const std::string& name = call.operands[0].text;
    if (!symbol_classes_.contains(name)) tested_.try_emplace(name, location);
  } else if (call.is_call("CONSTANT")) {
    report_lld(location,
               "evaluates CONSTANT (" + call.operands[0].text + ") as 1 in a bundle's layout",
               "write the number");
  } else if (call.is_call("DATA_SEGMENT_ALIGN") || call.is_call("DATA_SEGMENT_RELRO_END")) {
    report_lld(location, "computes " + call.text + " differently", "use ALIGN");
  } else if (call.is_call("ORIGIN") || call.is_call("LENGTH")) {
    const std::string& region = call.operands[0].text;
    if (regions_.contains(region)) return;
    report_lld(location, "cannot use the region '" + region + "' before its MEMORY command",
               "put MEMORY first");
  } else if (call.is_call("ALIGN") && !call.operands.back().is_call("CONSTANT")) {
    const auto to = constant_of(call.operands.back(), constants_);
    if (to && *to != 0 && !std::has_single_bit(*to)) {
      report_lld(location, "aligns only to powers of two", "use a power of two");
    }
  }
}

// lld stores a symbol's last value, GNU ld its value at this point.
void Parser::record_stored(const SourceLocation& location, const Expression& e) {
  if (e.kind == Kind::name && symbol_classes_.contains(e.text))
    stored_.try_emplace(e.text, location);
  for (const Expression& operand : e.operands) record_stored(location, operand);
}

void Parser::check_assigned(const std::string& name) {
  if (const auto tested = tested_.find(name); tested != tested_.end()) {
    report_lld(tested->second,
               "treats '" + name + "' as DEFINED from the start if the script assigns it anywhere",
               "use PROVIDE");
    tested_.erase(tested);
  }
  if (const auto stored = stored_.find(name); stored != stored_.end()) {
    report_lld(stored->second, "stores the last value that is assigned to '" + name + "'",
               "use another symbol for the later value");
    stored_.erase(stored);
  }
}

// The text of a fill. lld requires a number, uses four of its bytes and aligns them to the
// section's start; GNU ld starts anew at each gap. So only equal bytes give the same result.
std::string Parser::fill(const SourceLocation& location, const Expression& e) {
  const auto bytes = fill_bytes(e);
  if (bytes && bytes->substr(2) == bytes->substr(0, bytes->size() - 2)) {
    const std::string byte = bytes->substr(0, 2);
    return "0x" + byte + byte + byte + byte;
  }
  report_lld(location, "places a fill of different bytes differently",
             "fill with one byte value, such as 0x90909090");
  return e.kind == Kind::number ? e.text : text_of(e);
}

// A report about a line that is not in the text goes to the line before it.
void Parser::place_incompatibilities() {
  if (script_.has_memory) std::ranges::copy(without_region_, std::back_inserter(reports_));
  std::map<std::pair<std::string, std::uint32_t>, std::size_t> first_lines;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    first_lines.try_emplace({lines_[i].location.file, lines_[i].location.line}, i);
  }
  std::set<std::tuple<std::size_t, std::string, std::string>> seen;
  for (auto& [location, incompatibility] : reports_) {
    const auto after = first_lines.upper_bound({location.file, location.line});
    const bool is_known =
        after != first_lines.begin() && std::prev(after)->first.first == location.file;
    incompatibility.line = is_known ? std::prev(after)->second : 0;
    if (seen.insert({incompatibility.line, incompatibility.lld, incompatibility.gnu}).second) {
      script_.incompatibilities.push_back(std::move(incompatibility));
    }
  }
  std::ranges::stable_sort(script_.incompatibilities, {}, &LinkerIncompatibility::line);
}

}  // namespace cbundle
