// A small linker for bundles, which shares nothing with the code that it checks.
//
// It applies a bundle's relocations by the machines' ABIs alone, at any address, as the final link
// does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/bundle/bundle.h"

namespace cbundle {

// The addresses of a bundle and its imports.
struct BundlePlacement {
  struct Import {
    std::uint64_t address = 0;
    ImportKind kind = ImportKind::data;
    bool is_defined = true;
  };
  std::uint64_t base = 0;       // of the bundle's first byte
  std::vector<Import> imports;  // in the bundle's order
};

struct Relinked {
  std::string error;              // empty, or why no linker can link it
  std::vector<Segment> segments;  // as they are in memory
};

// The bundle with all its references applied.
Relinked relink(const Bundle& bundle, const BundlePlacement& at);

// `segments` after a host has moved the bundle there and applied its fixups.
Relinked fix_up(const Bundle& bundle, const BundlePlacement& at, std::vector<Segment> segments);

}  // namespace cbundle
