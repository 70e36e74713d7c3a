// Explains each byte in which the two flat images of a bundle differ.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/flat_image/flat_pair.h"
#include "engine/flat_image/import_lines.h"

namespace cbundle {

// A field of four bytes that holds the distance from itself to an import, plus an addend.
struct FlatReference {
  std::uint64_t offset;
  const ImportDeclaration* import;  // of ImportLines::all()
};

struct Comparison {
  std::vector<FlatReference> references;  // by offset; none overlaps another
  Diagnostics problems;                   // by offset, which is that in the image
};

// A field that refers to the import of line N is gap - N less in the moved image, as a
// little-endian number of 32 bits. Each byte that differs must be in exactly one such field, and
// there must be only one way to place the fields: a difference that could be of two imports is
// refused. Linear in the images' size.
Comparison compare(const FlatPair& pair, const ImportLines& imports);

}  // namespace cbundle
