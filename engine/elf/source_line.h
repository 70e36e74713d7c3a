// The source lines that an object's places and names came from, as its debug information tells
// them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"

namespace cbundle {

// Both give "boot.c:12", with the path as the object has it, mostly absolute; empty where the
// object's debug information does not tell. They take milliseconds: for messages about builds that
// failed. `section` is an index in the object.

// Of an instruction.
std::string source_line(const Blob& object, std::uint32_t section, std::uint64_t offset);

// Of the definition of a function or variable. The place tells apart those of the same name; it is
// not looked at where there is but one.
std::string definition_line(const Blob& object, std::string_view name, std::uint32_t section,
                            std::uint64_t offset);

}  // namespace cbundle
