// Whether two layouts have the same sections, and are where they must be.
#pragma once

#include "engine/bundle/proof/layout_pair.h"
#include "engine/bundle/proof/proof_errors.h"

namespace cbundle {

// Whether all sections have equal names, sizes and offsets, are exactly the layouts' distance
// apart, and begin at a multiple of the granule; adds errors where not.
bool have_same_shape(const LayoutPair& layouts, ProofErrors& errors);

}  // namespace cbundle
