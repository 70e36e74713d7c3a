// What a linker's messages about a layout that it could not make mean for the partial link's
// object.
#pragma once

#include "engine/base/diagnostic.h"
#include "engine/elf/elf_file.h"

namespace cbundle {

// From GNU ld's and lld's messages about sections that the script does not place, and about targets
// that are out of a field's reach: errors with places in the partial object. Empty where there is
// any other error among them: then the linker's messages say more.
Diagnostics diagnose_linker_output(const Diagnostics& printed, const ElfFile& partial);

}  // namespace cbundle
