// Checks that a bundle is also valid at an address where no layout was.
#pragma once

#include <string>
#include <vector>

#include "engine/bundle/proof/combine.h"
#include "tests/fuzz/relink.h"

namespace cbundle {

// Whether each field with a record in layout A refers to the same in `segments`, which were linked
// at `there`. Returns the first that does not; empty: all do. `at_a` are the addresses in layout A.
// Records that only layouts have, such as those of GOT slots, are skipped.
std::string difference_at_third_address(const Layouts& layouts, const BundlePlacement& at_a,
                                        const BundlePlacement& there,
                                        const std::vector<Segment>& segments);

// Another valid address, with the imports after the bundle: each begins at `end_of_page`, a
// multiple of 16, of a 64 KB page, so that an addend can reach into the next half, or page.
BundlePlacement third_placement(const Bundle& bundle, const BundlePlacement& at_a,
                                std::uint64_t end_of_page);

}  // namespace cbundle
