// Finds where a bundle's exports lie, by the map of its layout, and refuses what cannot be one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/flat_image/comparison.h"
#include "engine/flat_image/flat_text.h"
#include "engine/flat_image/symbol_map.h"

namespace cbundle {

struct MappedBundle {
  std::span<const MapSymbol> map;
  const ImportLines& imports;
  std::span<const FlatReference> references;
  std::uint64_t size;  // bytes
};

struct FlatExports {
  std::vector<FlatExport> exports;  // in the order of the names, each once
  Diagnostics problems;
};

// Problems have a place that says nothing but that they are of the map.
FlatExports find_exports(const std::vector<std::string>& names, const MappedBundle& bundle);

// What makes the map one of another script or layout: `needs_start` where the map has to tell
// that the layout begins at 0.
Diagnostics check_map(const MappedBundle& bundle, bool needs_start);

}  // namespace cbundle
