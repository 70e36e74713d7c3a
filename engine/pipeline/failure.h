// A build that failed, in words its caller can act on.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/diagnostic.h"
#include "engine/base/result.h"
#include "engine/pipeline/inputs.h"
#include "engine/script/script.h"
#include "engine/stage/layout_link.h"

namespace cbundle {

// "in/1.o" in a tool's words back to the caller's own name.
std::string with_input_names(std::string_view words, const Inputs& inputs);

// The error of the partial link, told better where we can: what is defined twice, with both places;
// or the linker's own words, with the caller's names of objects.
Error explain_partial_failure(const Error& error, const Inputs& inputs);

// What an explanation may ask for.
struct FailureContext {
  StageContext::Load load;                      // an earlier stage's output
  std::function<Result<Script>()> read_script;  // the user's script, with its line numbers
  // What the combine has found, with places; null before it ran.
  std::function<Diagnostics()> found = nullptr;
};

// The error of a layout or of the combine, told better where we can: all that the survey of the
// partial object knows, each problem with its object and function; what its linker said that we
// know, likewise; or the linker's own words, with the caller's names of objects and the lines of
// the caller's script. Same failure, same words.
Error explain_failure(const Error& error, const Recipe& recipe, const Inputs& inputs,
                      const FailureContext& context);

}  // namespace cbundle
