// A bundle as text for the GNU assembler.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/bundle/bundle.h"
#include "engine/bundle/spec.h"

namespace cbundle {

// Assembled, it gives the section that the object form has; `bytes` is the bundle's image.
//
// Error{bad_input}: what the assembler cannot express, such as an export inside a reference.
Result<std::string> assembly_text(const Bundle& bundle, const Spec& spec, const Target& target,
                                  std::string bytes);

}  // namespace cbundle
