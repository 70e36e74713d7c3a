// Changes layouts as a wrong linker, a strange script or an unlucky object might: so that most of
// what comes out is still read, and much of it is a bundle.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/layout_case.h"

namespace cbundle {

// Changes some bytes at random, at most to `max_size` of them; returns the new size.
using MutateBytes = std::size_t(std::uint8_t* data, std::size_t size, std::size_t max_size);

void mutate(LayoutCase& layouts, unsigned seed, MutateBytes* mutate_bytes);

}  // namespace cbundle
