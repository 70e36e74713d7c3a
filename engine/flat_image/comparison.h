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
  std::uint32_t import;  // index into ImportLines::all()
};

struct Comparison {
  std::vector<FlatReference> references;  // by offset; none overlaps another
  Diagnostics problems;                   // by offset; a spot's offset is the image's
};

// A field that refers to the import of line N reads gap - N less in the moved image, as a number
// of 32 bits, low byte first. Each byte that differs must lie in exactly one such field, and
// there must be but one way to lay the fields: where one byte's difference could be a part of two
// imports, none is chosen. Linear in the images' size.
Comparison compare(const FlatPair& pair, const ImportLines& imports);

}  // namespace cbundle
