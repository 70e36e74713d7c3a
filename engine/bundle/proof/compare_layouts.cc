#include "engine/bundle/proof/compare_layouts.h"

#include "engine/base/text.h"

namespace cbundle {
namespace {

constexpr auto shape_hint =
    "the script must not depend on addresses or differ in size between layouts";

void compare(const LayoutPair& layouts, const ImageSection& a, const ImageSection& b,
             ProofErrors& errors) {
  const std::string_view name = layouts.a.elf_section(a).name;
  const std::string section = "section " + std::string(name);
  if (name != layouts.b.elf_section(b).name || a.size != b.size || a.offset != b.offset) {
    errors.add(section + " is not the same in both layouts (" + hex(a.size) + " and " +
                   hex(b.size) + " bytes at " + hex(a.offset) + " and " + hex(b.offset) + ")",
               shape_hint);
  } else if (layouts.a.content_of(a).size() != layouts.b.content_of(b).size()) {
    errors.add(section + " has bytes in one layout only");
  } else if (!layouts.moves(a.address, b.address)) {
    errors.add(section + " is at " + hex(a.address) + " in one layout and at " + hex(b.address) +
                   " in the other, " + hex(layouts.target.narrow(b.address - a.address)) +
                   " apart instead of " + hex(layouts.plan.distance),
               "the script computes the address in a way that does not move with the rest");
  }
}

// An object can only ask for an alignment. If the layout began between two multiples of it,
// constants would be misaligned, and page addresses in code wrong.
bool begins_aligned(const LayoutPair& layouts, ProofErrors& errors) {
  if (layouts.a.sections.empty()) return true;
  const std::uint64_t excess = layouts.start() & (layouts.plan.granule - 1);
  if (excess == 0) return true;
  const std::string granule = hex(layouts.plan.granule);
  errors.add("the script begins the bundle " + hex(excess) + " bytes after a multiple of " +
                 granule + ", but the object can only be placed at such a multiple",
             "begin its first section at a multiple of " + granule);
  return false;
}

}  // namespace

bool have_same_shape(const LayoutPair& layouts, ProofErrors& errors) {
  const std::vector<ImageSection>& a = layouts.a.sections;
  const std::vector<ImageSection>& b = layouts.b.sections;
  if (a.size() != b.size()) {
    errors.add("the two layouts hold different sections", shape_hint);
    return false;
  }
  for (std::size_t i = 0; i < a.size(); ++i) compare(layouts, a[i], b[i], errors);
  return errors.empty() && begins_aligned(layouts, errors);
}

}  // namespace cbundle
