// What several of the inputs define: the partial link stops at it.
#pragma once

#include <string>

#include "engine/pipeline/inputs.h"

namespace cbundle {

// A message for each name that is defined twice, with both places and what to do; empty where none
// is, among the objects that are no archives' members.
std::string double_definitions(const Inputs& inputs);

}  // namespace cbundle
