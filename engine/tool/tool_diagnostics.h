// Turns what a linker or preprocessor printed into diagnostics.
#pragma once

#include <string_view>

#include "engine/base/diagnostic.h"

namespace cbundle {

// One diagnostic for each line, with file and line, or object, if the line begins with them. A line
// that only gives context is part of the next: "in function `f': undefined reference to `g'".
// `program` is the tool's path; `severity` that of lines that name none.
//
// Left out are lines that every link here causes (segments that are writable and executable, no
// note for the stack, sections of ours) and lines of source.
Diagnostics tool_diagnostics(std::string_view output, std::string_view program, Severity severity);

}  // namespace cbundle
