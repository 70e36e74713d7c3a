// Checks that the fields of two layouts hold what their relocation records say, and passes those
// that depend on the bundle's address to the output.
#pragma once

#include "engine/bundle/proof/output_fields.h"

namespace cbundle {

// Adds an error for every field that does not hold exactly what its records say, or that depends on
// the bundle's address in a way no bundle can have; passes the others that depend on it to the
// output. `imports` is their number.
void check_relocations(const LayoutPair& layouts, std::size_t imports, OutputFields& output,
                       ProofErrors& errors);

}  // namespace cbundle
