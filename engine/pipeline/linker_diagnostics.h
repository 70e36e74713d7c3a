// What a linker says of a layout that it could not make, as problems of the partial link's object.
#pragma once

#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/elf/elf_file.h"

namespace cbundle {

// Of GNU ld's and lld's words, those that are about sections which the script does not place, and
// about places that are out of a field's reach. Empty where there is another error among them: then
// the words are best told as they are.
Diagnostics problems_in_linker_diagnostics(std::string_view words, const ElfFile& partial);

}  // namespace cbundle
