// Writes a bundle that was read from two flat images as assembly text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/flat_image/comparison.h"

namespace cbundle {

struct FlatExport {
  std::string name;
  std::uint64_t offset;
};

struct FlatBundle {
  std::string_view bytes;
  std::vector<FlatReference> references;  // by offset
  std::vector<FlatExport> exports;        // those of one offset in the order to write them
  std::uint64_t alignment = 1;            // written if it is more than 1
};

// Byte for byte what combine_two_binaries.py writes where its output is correct, with `.balign` and
// with `#undef` for names that compilers define as macros, which the assembler reads as a comment.
// The script has had two forms: as first proposed, with .text only, and as merged, with a banner,
// .init.text, and the label obj32_start. `section_header` is the whole directive; empty: that of
// the form. No export may be inside a reference or outside the bytes.
std::string flat_text(const FlatBundle& bundle, bool is_merged, const std::string& section_header);

}  // namespace cbundle
