// Which linker a build would use for each machine.
#pragma once

#include <string>
#include <vector>

#include "cbundle/v1/admin.pb.h"

namespace cbundle {

// For all machines, as found in `search_path`.
std::vector<v1::FoundLinker> found_linkers(const std::string& search_path);

}  // namespace cbundle
