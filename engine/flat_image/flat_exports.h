// Finds the offsets of a bundle's exports in the map of its layout, and refuses invalid exports.
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

FlatExports find_exports(const std::vector<std::string>& names, const MappedBundle& bundle);

// Reports symbols that show that the map is of another script or layout; `needs_start`: the map
// must contain the start of .text.
Diagnostics check_map(const MappedBundle& bundle, bool needs_start);

}  // namespace cbundle
