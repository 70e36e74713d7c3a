// Changes layouts like a faulty linker, an unusual script or an unusual object, so that most
// results can still be parsed, and many are bundles.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/layout_case.h"

namespace cbundle {

// Changes some bytes at random, at most to `max_size` of them; returns the new size.
using MutateBytes = std::size_t(std::uint8_t* data, std::size_t size, std::size_t max_size);

void mutate(LayoutCase& layouts, unsigned seed, MutateBytes* mutate_bytes);

}  // namespace cbundle
