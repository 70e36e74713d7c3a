#include "engine/flat_image/symbol_map.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace cbundle {
namespace {

constexpr std::string_view space = " \t\r\v\f";
constexpr std::size_t min_indent = 15;  // of a symbol's line in ld's map

// The first words of a line; `count` is 4 where there are more than three.
struct LineWords {
  std::array<std::string_view, 3> word;
  std::size_t count = 0;
  std::size_t indent = 0;
};

LineWords words_of(std::string_view line) {
  LineWords words;
  words.indent = std::min(line.find_first_not_of(space), line.size());
  line.remove_prefix(words.indent);
  while (!line.empty()) {
    if (words.count == words.word.size()) return ++words.count, words;
    const std::size_t end = std::min(line.find_first_of(space), line.size());
    words.word[words.count++] = line.substr(0, end);
    line.remove_prefix(end);
    line.remove_prefix(std::min(line.find_first_not_of(space), line.size()));
  }
  return words;
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
  const LineWords words = words_of(line);
  if (words.count < 2) return std::nullopt;
  const bool is_of_nm = words.count == 3 && words.word[1].size() == 1;
  const bool is_of_ld = words.indent >= min_indent && words.word[0].starts_with("0x") &&
                        (words.count == 2 || words.word[2] == "=");
  if (!is_of_nm && !is_of_ld) return std::nullopt;
  const auto address = address_of(words.word[0]);
  if (!address || words.word[1] == ".") return std::nullopt;
  if (is_of_ld) return MapSymbol{words.word[1], *address, MapKind::global};
  return MapSymbol{words.word[2], *address, kind_of(words.word[1].front())};
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
