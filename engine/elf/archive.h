// The members of an ar archive, thin ones too.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "engine/base/result.h"

namespace cbundle {

bool is_archive(std::string_view file);       // of either kind
bool is_thin_archive(std::string_view file);  // one that only names its members

// `at` is where the member's `size` bytes start in the file; of a thin archive the bytes are in the
// file of that name, relative to the archive's directory.
using VisitMember =
    std::function<Result<void>(std::string_view name, std::size_t size, std::size_t at)>;

// Visits each member, in order, but for the archive's own tables. Error{bad_input} for what is no
// sound archive, and whatever a visit fails with.
Result<void> for_each_member(std::string_view file, const VisitMember& visit);

}  // namespace cbundle
