// The last check of a bundle: its object, linked alone, must become what its inputs become when
// they are linked at the same place themselves.
//
// That place is layout C, which had no part in making the bundle. So this tells of a fault in the
// proof, in the emitted records and in the final linker's reading of them alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/bundle/bundle.h"
#include "engine/bundle/image.h"

namespace cbundle {

// Where a link of the object puts it and what it imports.
struct RelinkPlace {
  std::uint64_t base = 0;
  std::vector<std::uint64_t> imports;  // addresses, in the bundle's order
};

// Where a layout with the bundle's imports in it has put them.
RelinkPlace place_in(const Image& layout, std::size_t imports);

// The same, all of it moved by one distance, as a host's loader moves it.
RelinkPlace moved(const RelinkPlace& place, std::uint64_t distance);

// How far to move: down to half the address or so, which leaves no absolute field as it is.
std::uint64_t loader_distance(const RelinkPlace& place, std::uint64_t granule);

// The linked bundle with the table of fixups behind it, if it has one.
struct Relinked {
  std::string bytes;
  std::string fixups;  // as client/integration/cbundle_fixups.h reads them
};
// `content` is what the link made of the object's two sections, one behind the other.
Relinked split(Bytes content, const Bundle& bundle, const Target& target);

// Size of both, bytes.
std::uint64_t size_with_fixups(const Bundle& bundle, const Target& target);

// The bytes that a layout loads, as emit() joined them.
std::string loaded_bytes(const Image& layout);

// Moves the bytes by `distance` as cbundle_apply() does. False for a table that makes no sense.
bool apply_fixups(Relinked& linked, std::uint64_t distance, const Target& target);

// Where `found` is not as `wanted`, with the record of the object there; empty: nowhere.
Diagnostics relink_differences(std::string_view found, std::string_view wanted,
                               const Bundle& bundle, const Target& target);

}  // namespace cbundle
