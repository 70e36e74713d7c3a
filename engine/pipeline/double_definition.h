// Finds the symbols that several inputs define, at which the partial link stops.
#pragma once

#include "engine/base/diagnostic.h"
#include "engine/pipeline/inputs.h"

namespace cbundle {

// An error for each symbol that is defined twice, with both places, and for each object that is
// given twice. Members of archives are not checked.
Diagnostics double_definitions(const Inputs& inputs);

}  // namespace cbundle
