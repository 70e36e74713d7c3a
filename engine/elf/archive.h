// The members of an ar archive, thin ones too.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "engine/base/result.h"

namespace cbundle {

bool is_archive(std::string_view file);       // of either kind
bool is_thin_archive(std::string_view file);  // one without its members' bytes

// `at` is the offset of the member's `size` bytes in the file; the bytes of a thin archive's member
// are in the file `name`, relative to the archive's directory.
using VisitMember =
    std::function<Result<void>(std::string_view name, std::size_t size, std::size_t at)>;

// The bytes before the first member: the index of symbols, by which a linker finds members, and
// long names. An archive without an index, or with an old one, links otherwise.
std::string_view tables_of(std::string_view file);

// Visits the members in order, without the archive's own tables. Error{bad_input} for an invalid
// archive, or the first error that a visit returns.
Result<void> for_each_member(std::string_view file, const VisitMember& visit);

}  // namespace cbundle
