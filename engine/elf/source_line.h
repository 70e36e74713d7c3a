// The source line that a place in an object came from, as its debug information tells it.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/bytes.h"

namespace cbundle {

// "boot.c:12"; empty where the object has no debug information for the place. Takes milliseconds:
// for messages about builds that failed. `section` is an index in the object.
std::string source_line(const Blob& object, std::uint32_t section, std::uint64_t offset);

}  // namespace cbundle
