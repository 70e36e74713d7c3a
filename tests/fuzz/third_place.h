// What the records of a layout ask for where no layout is: the check that a bundle is right there
// too, and not by an accident of two places.
#pragma once

#include <string>
#include <vector>

#include "engine/bundle/proof/combine.h"
#include "tests/fuzz/relink.h"

namespace cbundle {

// Whether each field of layout A that a record of it tells, in `segments`, which were linked at
// `there`, refers to what it refers to in A. Returns the first that does not; empty: all do.
// `at_a` is where layout A put the bundle and its imports. Records that only a layout can have,
// such as those of a global offset table's slots, are passed over.
std::string difference_at_third_place(const Layouts& layouts, const Surroundings& at_a,
                                      const Surroundings& there,
                                      const std::vector<Segment>& segments);

// Somewhere, as far as the bundle's alignment lets it, with its imports behind it: each begins at
// `end_of_page`, a multiple of 16, of a 64 KB page, so that what lies behind its start can be made
// to lie in the next half, or page.
Surroundings third_place(const Bundle& bundle, const Surroundings& at_a, std::uint64_t end_of_page);

}  // namespace cbundle
