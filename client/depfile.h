// The make rule that lists what an output was made from.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cbundle {

// "output: input input…", then an empty rule for each input, so that one that is gone means a
// build and not an error, as with gcc's -MP. An input is listed once. Make and Ninja read it.
std::string depfile_of(std::string_view output, std::span<const std::string> inputs);

}  // namespace cbundle
