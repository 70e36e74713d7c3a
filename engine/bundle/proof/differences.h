// Where two layouts differ in more than the fields that may differ.
#pragma once

#include <cstdint>
#include <span>

#include "engine/bundle/proof/proof_errors.h"
#include "engine/elf/field.h"

namespace cbundle {

// A field that depends on where the bundle is, and is filled in by the final link.
struct RelocatedField {
  std::uint64_t offset = 0;  // in the image
  const Field* field = nullptr;
  std::uint64_t word = 0;   // in layout A
  std::int64_t addend = 0;  // kept in the field, where records have none
};

// Adds an error for every bit that differs between the layouts and is not in exactly one of
// `fields`, a thousand at most. The layouts have the same shape, and as many bytes in each section;
// `fields` are in order of offset, and inside.
void report_differences(const LayoutPair& layouts, std::span<const RelocatedField> fields,
                        ProofErrors& errors);

}  // namespace cbundle
