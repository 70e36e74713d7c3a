// Printing without buffers: each message in one write, so that parallel jobs do not mix theirs.
#pragma once

#include <string_view>

#include "engine/base/result.h"
#include "proto/paths.h"

namespace cbundle {

// Colour is for terminals, unless $NO_COLOR is set or $TERM is dumb or missing.
bool wants_colour(const GetVariable& variable, bool is_terminal);

// To standard error, as render() writes them; failures to write are ignored.
void print_diagnostics(const Diagnostics& diagnostics);
void print_on_stderr(std::string_view lines);

// To standard output.
Result<void> print(std::string_view lines);

}  // namespace cbundle
