// The two linked layouts of one bundle, as every part of the proof reads them.
#pragma once

#include "engine/bundle/image.h"
#include "engine/bundle/layout_plan.h"

namespace cbundle {

struct LayoutPair {
  Image a;
  Image b;
  const Target& target;
  const LayoutPlan& plan;

  // Whether two addresses differ by exactly the layouts' distance.
  bool moves(std::uint64_t in_a, std::uint64_t in_b) const {
    return target.narrow(in_b - in_a) == target.narrow(plan.distance);
  }

  // Address of layout A's first byte; there is one.
  std::uint64_t start() const { return a.sections.front().address; }

  // Whether a section is as far from the bundle's start in memory as it is in the file.
  bool runs_where_loaded(const ImageSection& section) const {
    return section.offset == section.address - start();
  }
};

}  // namespace cbundle
