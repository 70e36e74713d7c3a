// What the pipeline needs to know about an input before linking it: its machine, and a digest of
// all that can reach a bundle.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/digest.h"
#include "engine/base/result.h"

namespace cbundle {

struct ObjectFacts {
  // Equal digests give equal partial links, and so equal bundles, errors and warnings. Leaves out
  // only what every `ld -r --strip-debug` drops: sections .debug* and .zdebug* that are not loaded,
  // their relocations and local symbols. Sections that are not loaded count otherwise: a script may
  // place them, and their symbols, groups and .gnu.warning texts have a meaning to the linker. For
  // an archive, covers its bytes; for a thin one its index and its members' names.
  Digest semantic;
  Digest content;             // of all bytes
  std::uint16_t machine = 0;  // EM_*; 0 for an archive without members
  bool is_64 = false;
  bool is_big_endian = false;
  bool is_archive = false;
  std::vector<std::string> members;  // of a thin archive: paths, relative to its own directory
};

// Error{bad_input} without a file name: not an object, a linked program, truncated, slim LTO, or an
// unsupported ABI or byte order of a supported machine (x32, MIPS n32, MIPS16, microMIPS, ILP32;
// big-endian ARM, AArch64, RISC-V).
Result<ObjectFacts> facts_of(const Blob& file);

}  // namespace cbundle
