// Assembly text of a bundle whose bytes and references came from two flat images.
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

// The two forms in which the hypervisor project had its script write the text.
enum class FlatForm {
  first,   // the proposed one: .text, and no more
  merged,  // a banner, .init.text, and the label obj32_start
};

struct FlatBundle {
  std::string_view bytes;
  std::vector<FlatReference> references;  // by offset
  std::vector<FlatExport> exports;        // those of one offset in the order to write them
  std::uint64_t alignment = 1;            // written where it is more than 1
};

// Byte for byte what that script writes, wherever it writes what is right. Beyond it: `.balign`,
// and an `#undef` for each name that compilers define as a macro, which the assembler takes for a
// comment. `section_header` is the whole directive; empty: the form's own. No export lies inside
// a reference or outside of the bytes.
std::string flat_text(const FlatBundle& bundle, const ImportLines& imports, FlatForm form,
                      const std::string& section_header);

}  // namespace cbundle
