// The global offset table of a MIPS bundle: words that no relocation record speaks of.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/bundle/image.h"
#include "engine/bundle/layout_plan.h"
#include "engine/bundle/proof/symbol_classifier.h"

namespace cbundle {

// What a word of the table is: an import's address, or an address inside the bundle.
struct GotWord {
  std::uint64_t offset = 0;         // in the image
  std::uint32_t import = internal;  // index, or internal
  std::int64_t addend = 0;          // to the import, or to the bundle's start
};

class GotTable {
 public:
  // Both images outlive the table.
  GotTable(const Image& a, const Image& b, const Target& target, const LayoutPlan& plan)
      : a_(a), b_(b), target_(target), plan_(plan) {}

  // Notes that code reaches the slot at these addresses in order to get `wanted`, the address of
  // a symbol judged so; a slot of a symbol inside may hold its address rounded to 64 KB. Returns
  // what is wrong with the slot; empty: nothing.
  std::string use(std::uint64_t slot_a, std::uint64_t slot_b, const SymbolClass& judged,
                  std::uint64_t wanted_a, std::uint64_t wanted_b);

  struct Words {
    std::vector<GotWord> words;         // by offset
    std::vector<std::uint64_t> astray;  // offsets of words that nothing explains
  };
  // Every word is constant, an import's address, or moved with the bundle.
  Words words() const;

 private:
  std::optional<std::uint64_t> held(const Image& image, std::uint64_t slot) const;

  const Image& a_;
  const Image& b_;
  const Target& target_;
  const LayoutPlan& plan_;
  std::map<std::uint64_t, SymbolClass> uses_;  // by address in layout A
};

}  // namespace cbundle
