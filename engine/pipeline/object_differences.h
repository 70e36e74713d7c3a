// What differs between two versions of an object.
#pragma once

#include <string>
#include <vector>

#include "engine/elf/object_detail.h"
#include "engine/pipeline/change.h"

namespace cbundle {

// Symbols, then sections; of an archive "lib.a(div.o)" is the file of a member's changes. Where one
// of the versions is not known, or they do not differ in what is kept of them: that it changed.
Changes object_differences(const std::string& file, const std::vector<ObjectDetail>& before,
                           const std::vector<ObjectDetail>& now);

}  // namespace cbundle
