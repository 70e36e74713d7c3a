// ABIs and byte orders that have the machine number of a supported target and are not supported.
#pragma once

#include "engine/base/result.h"
#include "engine/elf/elf_file.h"

namespace cbundle {

// Error{bad_input}, without a file name, for x32, MIPS n32, MIPS16, microMIPS, big-endian ARM,
// AArch64 and RISC-V, and ILP32; the hint is the flag that selects a supported ABI.
Result<void> require_supported_abi(const ElfFile& object);

}  // namespace cbundle
