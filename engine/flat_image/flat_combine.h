// Combines two flat images of a bundle into assembly text; replaces combine_two_binaries.py of the
// hypervisor project.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/flat_image/flat_pair.h"

namespace cbundle {

struct FlatRequest {
  std::filesystem::path script;  // of the layout at 0, preprocessed
  std::filesystem::path image;   // both layouts' .text, in either order
  std::filesystem::path other_image;
  std::filesystem::path map;         // of the layout at 0; may be empty if nothing is exported
  std::vector<std::string> exports;  // names
  std::string section_header;        // empty: that of the form
  std::optional<LayoutShift> shift;  // given for the merged form; none: the first form, and its
  bool wants_positions = false;
};

struct FlatResult {
  std::string text;
  std::vector<std::string> positions;  // if requested: "Position 0x12 42 name" for each reference
};

// Error{bad_input} lists all faults, with file and offset. Two images do not show an import that
// the bundle also defines, nor an alignment up to that of the layouts' distance, which the text
// loses.
Result<FlatResult> combine_flat(const FlatRequest& request);

}  // namespace cbundle
