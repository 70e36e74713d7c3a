// Names that a bundle's form must be able to write.
#pragma once

#include "engine/base/result.h"
#include "engine/bundle/spec.h"

namespace cbundle {

// Error{bad_request}: the prefix, or an export that becomes part of a macro's name, is one that a C
// compiler or the GNU assembler does not accept in the form of `spec`. ELF itself accepts all.
Result<void> check_names(const Spec& spec);

}  // namespace cbundle
