// The symbols of a linked layout, as `nm` or the linker's map file lists them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace cbundle {

enum class MapKind {
  global,     // T or W of nm, or any symbol in a linker's map, which lists no others
  local,      // t: static; or hidden, if the linker makes such symbols local
  absolute,   // A: a number, such as a script's symbols in an empty .text
  elsewhere,  // in a section other than .text
};

struct MapSymbol {
  std::string_view name;
  std::uint64_t address;
  MapKind kind;
};

// The symbol at the start of .text in the scripts of this flow.
inline constexpr std::string_view start_symbol = "dummy_start";

// Lines of two forms, in any mixture; all others are ignored. The views are into `text`.
//   00000010 T name                                      nm --format=bsd
//                   0x00000010                name       ld -Map, also with "= expression"
std::vector<MapSymbol> parse_symbol_map(std::string_view text);

// The last symbol at or before `offset`, or null. `by_address` is sorted by address.
const MapSymbol* symbol_before(std::span<const MapSymbol> by_address, std::uint64_t offset);

}  // namespace cbundle
