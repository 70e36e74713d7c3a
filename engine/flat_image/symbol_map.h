// The symbols of a linked layout, as `nm` or the linker's own map file lists them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace cbundle {

// What is known of where a symbol counts, and where it lies.
enum class MapKind {
  global,     // T or W of nm, or any symbol in a linker's map, which lists no others
  local,      // t: static; or hidden, where the linker makes such symbols local
  absolute,   // A: a number, as the symbols of a script are where .text is empty
  elsewhere,  // in another section than .text
};

struct MapSymbol {
  std::string_view name;
  std::uint64_t address;
  MapKind kind;
};

// What the scripts of this flow call the beginning of .text.
inline constexpr std::string_view start_symbol = "dummy_start";

// Lines of the two forms, in any mixture; all others are passed over. The views are into `text`.
//   00000010 T name                                      nm --format=bsd
//                   0x00000010                name       ld -Map, also with "= expression"
std::vector<MapSymbol> parse_symbol_map(std::string_view text);

// The last symbol of .text at or before `offset`, or null. `by_address` is sorted so.
const MapSymbol* symbol_before(std::span<const MapSymbol> by_address, std::uint64_t offset);

}  // namespace cbundle
