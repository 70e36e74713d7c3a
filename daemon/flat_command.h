// `cbundled combine`: what `cbundle combine` runs, without a socket, a cache or a log.
#pragma once

namespace cbundle {

// Reads a v1::CombineRequest from descriptor 3, and writes the v1::CombineResponse to it. Returns
// the exit status: 0, or 1 if it cannot read or write them.
int run_flat_command();

}  // namespace cbundle
