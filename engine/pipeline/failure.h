// Errors of a build's stages, made into what its caller can act on.
#pragma once

#include "engine/base/diagnostic.h"
#include "engine/base/result.h"
#include "engine/pipeline/build_state.h"
#include "engine/stage/layout_link.h"

namespace cbundle {

// A tool's diagnostic with the caller's names of the objects: "in/1.o" is the tool's.
Diagnostic with_input_names(Diagnostic diagnostic, const Inputs& inputs);

// The error of the partial link: what is defined twice, with both places, or the linker's messages.
Error explain_partial_failure(Error error, const Inputs& inputs);

// The error of a layout or of the combine, with objects, files and lines. Where a linker failed:
// what the check of the partial object finds; else what the linker's messages mean for that object,
// where that is known; else its messages, with the lines of the caller's script.
//
// Twenty diagnostics at most are located; a note counts the others. Same failure, same diagnostics.
Error explain_failure(Error error, const LinkParameters& parameters, BuildState& build);

}  // namespace cbundle
