#include "engine/flat_image/symbol_map.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace cbundle {
namespace {

constexpr std::string_view space = " \t\r\v\f";
constexpr std::size_t min_indent = 15;  // of a symbol's line in ld's map

// The first fields of a line, which blanks separate; `count` is 4 if there are more than three.
struct LineFields {
  std::array<std::string_view, 3> field;
  std::size_t count = 0;
  std::size_t indent = 0;
};

LineFields fields_of(std::string_view line) {
  LineFields fields;
  fields.indent = std::min(line.find_first_not_of(space), line.size());
  line.remove_prefix(fields.indent);
  while (!line.empty()) {
    if (fields.count == fields.field.size()) return ++fields.count, fields;
    const std::size_t end = std::min(line.find_first_of(space), line.size());
    fields.field[fields.count++] = line.substr(0, end);
    line.remove_prefix(end);
    line.remove_prefix(std::min(line.find_first_not_of(space), line.size()));
  }
  return fields;
}

std::optional<std::uint64_t> address_of(std::string_view digits) {
  if (digits.starts_with("0x")) digits.remove_prefix(2);
  std::uint64_t address = 0;
  const auto [end, code] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address, 16);
  if (code != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return address;
}

MapKind kind_of(char letter) {
  switch (letter) {
    case 'T':
    case 'W':
    case 'V': return MapKind::global;
    case 't': return MapKind::local;
    case 'A': return MapKind::absolute;
    default: return MapKind::elsewhere;
  }
}

std::optional<MapSymbol> symbol_of(std::string_view line) {
  const LineFields fields = fields_of(line);
  if (fields.count < 2) return std::nullopt;
  const bool is_of_nm = fields.count == 3 && fields.field[1].size() == 1;
  const bool is_of_ld = fields.indent >= min_indent && fields.field[0].starts_with("0x") &&
                        (fields.count == 2 || fields.field[2] == "=");
  if (!is_of_nm && !is_of_ld) return std::nullopt;
  const auto address = address_of(fields.field[0]);
  if (!address || fields.field[1] == ".") return std::nullopt;
  if (is_of_ld) return MapSymbol{fields.field[1], *address, MapKind::global};
  return MapSymbol{fields.field[2], *address, kind_of(fields.field[1].front())};
}

}  // namespace

std::vector<MapSymbol> parse_symbol_map(std::string_view text) {
  std::vector<MapSymbol> symbols;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (const auto symbol = symbol_of(text.substr(0, end))) symbols.push_back(*symbol);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return symbols;
}

const MapSymbol* symbol_before(std::span<const MapSymbol> by_address, std::uint64_t offset) {
  const auto after = std::ranges::upper_bound(by_address, offset, {}, &MapSymbol::address);
  return after == by_address.begin() ? nullptr : &*std::prev(after);
}

}  // namespace cbundle
