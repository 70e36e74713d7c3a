// Combines two flat images of a bundle into assembly text, as the hypervisor project's script
// does for which this is a replacement.
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
  std::filesystem::path map;         // of the layout at 0; may be empty where nothing is exported
  std::vector<std::string> exports;  // names
  std::string section_header;        // empty: the form's own
  std::optional<LayoutShift> shift;  // as the merged form is told; none: the first form, and its
  bool wants_positions = false;
};

struct FlatResult {
  std::string text;
  std::vector<std::string> positions;  // where wanted: "Position 0x12 42 name" for each reference
};

// Error{bad_input} tells all that is wrong, with file and offset. What two images do not show it
// cannot refuse: an import that the bundle defines too, and an alignment of up to that of the
// layouts' distance, which the text does not keep.
Result<FlatResult> combine_flat(const FlatRequest& request);

}  // namespace cbundle
