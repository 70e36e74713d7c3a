// Kinds of code that share a machine's number with code that can be bundled: other ABIs, other
// instruction sets, the other byte order.
#pragma once

#include "engine/base/result.h"
#include "engine/elf/elf_file.h"

namespace cbundle {

// Error{bad_input} names the kind, and the flag that makes another where there is one: for x32,
// MIPS n32, MIPS16 and microMIPS, and big-endian ARM, AArch64 and RISC-V, ILP32. The message has no
// file name; the caller knows it.
Result<void> require_known_dialect(const ElfFile& object);

}  // namespace cbundle
