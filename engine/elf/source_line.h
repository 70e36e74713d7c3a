// Finds source lines in an object's debug information.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"

namespace cbundle {

// Both return "boot.c:12", with the path as in the object, mostly absolute; empty if the debug
// information does not contain it. They take milliseconds, and are for the messages of failed
// builds. `section` is an index in the object.

// The line of an instruction.
std::string source_line(const Blob& object, std::uint32_t section, std::uint64_t offset);

// The line of the definition of a function or variable. Section and offset distinguish those of the
// same name; they are not used if there is only one.
std::string definition_line(const Blob& object, std::string_view name, std::uint32_t section,
                            std::uint64_t offset);

}  // namespace cbundle
