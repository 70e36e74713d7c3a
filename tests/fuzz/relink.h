// A linker for bundles, small and of its own: nothing here is shared with what it is to check.
//
// It knows what the records of a bundle mean from the machines' ABIs alone, and puts a bundle where
// it is told to, as the final link would.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/bundle/bundle.h"

namespace cbundle {

// Where a bundle is put, and where its imports are.
struct Surroundings {
  struct Place {
    std::uint64_t address = 0;
    ImportKind kind = ImportKind::data;
    bool is_there = true;
  };
  std::uint64_t base = 0;      // of the bundle's first byte
  std::vector<Place> imports;  // in the bundle's order
};

struct Relinked {
  std::string wrong;              // empty, or why no linker could link it
  std::vector<Segment> segments;  // as they are in memory
};

// The bundle with all its references filled in.
Relinked relink(const Bundle& bundle, const Surroundings& at);

// `segments` after what a host does with the fixups of a bundle that it has moved here.
Relinked fix_up(const Bundle& bundle, const Surroundings& at, std::vector<Segment> segments);

}  // namespace cbundle
