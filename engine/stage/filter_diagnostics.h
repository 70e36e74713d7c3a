// What a tool said, made fit for the person who asked.
#pragma once

#include <string>
#include <string_view>

namespace cbundle {

// A successful linker's words without those that are true of every layout link and mean nothing:
// writable and executable segments, a missing note about the stack, what became
// of our own sections.
std::string filter_diagnostics(std::string_view said);

}  // namespace cbundle
