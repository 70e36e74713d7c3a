#include "engine/flat_image/symbol_map.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace cbundle {
namespace {

constexpr std::string_view space = " \t\r\v\f";
constexpr std::size_t min_indent = 15;  // of a symbol's line in ld's map

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t at = line.find_first_not_of(space); at < line.size();) {
    const std::size_t end = std::min(line.find_first_of(space, at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(space, end);
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
  if (letter == 'T' || letter == 'W' || letter == 'V') return MapKind::global;
  if (letter == 't') return MapKind::local;
  return letter == 'A' ? MapKind::absolute : MapKind::elsewhere;
}

std::optional<MapSymbol> symbol_of(std::string_view line) {
  const std::vector<std::string_view> fields = fields_of(line);
  if (fields.size() < 2) return std::nullopt;
  const bool is_of_nm = fields.size() == 3 && fields[1].size() == 1;
  const bool is_of_ld = line.find_first_not_of(space) >= min_indent &&
                        fields[0].starts_with("0x") && (fields.size() == 2 || fields[2] == "=");
  if (!is_of_nm && !is_of_ld) return std::nullopt;
  const auto address = address_of(fields[0]);
  if (!address || fields[1] == ".") return std::nullopt;
  if (is_of_ld) return MapSymbol{fields[1], *address, MapKind::global};
  return MapSymbol{fields[2], *address, kind_of(fields[1].front())};
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
