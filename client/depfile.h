// The make rule that lists the inputs of an output.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cbundle {

// "output: input input…", then an empty rule for each input, so that a missing one causes a build
// instead of an error, as with gcc's -MP. Each input is listed once. For Make and Ninja.
std::string depfile_of(std::string_view output, std::span<const std::string> inputs);

}  // namespace cbundle
