// A bundle as C: an array of its bytes, with tables of what it refers to.
#pragma once

#include <string>
#include <string_view>

#include "engine/bundle/bundle.h"

namespace cbundle {

// What a program that loads the bundle includes: sizes, offsets of exports, declarations of the
// array and of the tables. `prefix` begins every name, and is one of C.
std::string c_header(const Bundle& bundle, std::string_view prefix);

// The definitions; compiles by itself. `bytes` is the bundle's image.
std::string c_source(const Bundle& bundle, std::string_view bytes, std::string_view prefix);

}  // namespace cbundle
