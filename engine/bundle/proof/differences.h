// Where two layouts differ in more than the fields that may differ.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/bundle/image.h"
#include "engine/elf/field.h"

namespace cbundle {

// A field that differs with where the bundle lies, which the final link fills in.
struct RelocatedField {
  std::uint64_t offset = 0;  // in the image
  const Field* field = nullptr;
  std::uint64_t word = 0;   // in layout A
  std::int64_t addend = 0;  // kept in the field, where records have none
};

struct Difference {
  enum Kind : std::uint8_t {
    unexplained,  // a bit of the byte differs and is no field's
    shared_bits,  // a bit of the field that begins here is another field's, too
  };
  Kind kind = unexplained;
  std::size_t piece = 0;         // index, of both images
  std::uint64_t in_section = 0;  // offset
};

// Every bit that differs between the images must lie in exactly one of `fields`. The images have
// the same shape, and so many bytes in each piece; `fields` are in order of offset, and inside.
// At most a thousand differences are told.
std::vector<Difference> differences(const Image& a, const Image& b,
                                    std::span<const RelocatedField> fields, bool big_endian);

}  // namespace cbundle
