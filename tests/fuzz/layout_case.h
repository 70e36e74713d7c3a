// An input of combine_fuzz: a request, the partial object, and the two layouts, all as bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/bundle/bundle.h"
#include "engine/bundle/spec.h"

namespace cbundle {

struct LayoutCase {
  Spec spec;  // its mode, imports and exports
  std::string partial;
  std::string a;
  std::string b;
};

std::string pack(const LayoutCase& layouts);

// Nothing for other bytes.
std::optional<LayoutCase> unpack_layout_case(std::string_view bytes);

// Combines it; Error{bad_input} if that fails.
Result<Bundle> bundle_of(const LayoutCase& layouts);

}  // namespace cbundle
