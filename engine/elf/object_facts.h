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
  // Equal digests give equal bundles: covers allocated sections, their relocations, symbols, flags,
  // alignment and attributes; not debug sections, .comment, notes that are not loaded, or names of
  // source files. For an archive, covers its bytes.
  Digest semantic;
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
