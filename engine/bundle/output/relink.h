// The last check of a bundle: its object, linked alone, must have the same bytes as its inputs
// linked at the same address.
//
// That address is layout C's, which was not used to make the bundle. So this finds faults in the
// proof, in the emitted records and in how the final linker reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/bundle/bundle.h"
#include "engine/bundle/image.h"

namespace cbundle {

// The addresses of the object and its imports in a link.
struct LinkAddresses {
  std::uint64_t base = 0;
  std::vector<std::uint64_t> imports;  // addresses, in the bundle's order
};

// Those of a layout.
LinkAddresses addresses_in(const Image& layout, std::size_t imports);

// All moved by one distance, as a host's loader does.
LinkAddresses moved(const LinkAddresses& place, std::uint64_t distance);

// A distance for moved(): to about half the address, so that every absolute field changes.
std::uint64_t loader_distance(const LinkAddresses& place, std::uint64_t granule);

// The linked bundle, and the table of fixups, if it has one.
struct Relinked {
  std::string bytes;
  std::string fixups;  // as client/integration/cbundle_fixups.h reads them
};
// `content` is that of the object's two linked sections, one after the other.
Relinked split(Bytes content, const Bundle& bundle, const Target& target);

// Size of bundle and table, bytes.
std::uint64_t size_with_fixups(const Bundle& bundle, const Target& target);

// The bytes that a layout loads, as emit() joined them.
std::string loaded_bytes(const Image& layout);

// Moves the bytes by `distance` as cbundle_apply() does. False for a malformed table.
bool apply_fixups(Relinked& linked, std::uint64_t distance, const Target& target);

// Where `found` differs from `expected`, with the object's record there; twenty places at most.
Diagnostics relink_differences(std::string_view found, std::string_view expected,
                               const Bundle& bundle, const Target& target);

}  // namespace cbundle
