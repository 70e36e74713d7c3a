// Where two layouts differ in more than the fields that may differ.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/bundle/proof/layout_pair.h"
#include "engine/elf/field.h"

namespace cbundle {

// A field that depends on where the bundle is, and is filled in by the final link.
struct RelocatedField {
  std::uint64_t offset = 0;  // in the image
  const Field* field = nullptr;
  std::uint64_t word = 0;   // in layout A
  std::int64_t addend = 0;  // kept in the field, where records have none
};

struct Difference {
  enum Kind : std::uint8_t {
    unexplained,  // a bit of the byte differs and is not in any field
    shared_bits,  // a bit of the field that begins here is also in another
  };
  Kind kind = unexplained;
  std::size_t section = 0;   // index in Image::sections
  std::uint64_t offset = 0;  // in the section
};

// Every bit that differs between the layouts must be in exactly one of `fields`. The layouts have
// the same shape, and as many bytes in each section; `fields` are in order of offset, and inside.
// Returns a thousand differences at most.
std::vector<Difference> differences(const LayoutPair& layouts,
                                    std::span<const RelocatedField> fields);

}  // namespace cbundle
