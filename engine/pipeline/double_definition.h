// What several of the inputs define: the partial link stops at it.
#pragma once

#include "engine/base/diagnostic.h"
#include "engine/pipeline/inputs.h"

namespace cbundle {

// A message for each name that is defined twice, with both places and what to do; empty where none
// is, among the objects that are no archives' members.
Diagnostics double_definitions(const Inputs& inputs);

}  // namespace cbundle
