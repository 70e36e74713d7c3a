// Where a symbol's address comes from, judged by what it did between the two layouts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/bundle/bundle.h"
#include "engine/bundle/image.h"
#include "engine/bundle/layout_plan.h"

namespace cbundle {

enum class SymbolOrigin : std::uint8_t {
  inside,    // lies in the bundle and moves with it
  import,    // a stub of ours
  constant,  // the same in both layouts
  nowhere,   // weak and undefined
  outside,   // moves with the bundle, or lies in a section, but is no part of it
  astray,    // moved by itself
};

struct SymbolClass {
  SymbolOrigin origin = SymbolOrigin::outside;
  std::uint32_t import = internal;
  std::int64_t beyond = 0;  // bytes behind the import's start: a script may say `row2 = row + 8;`
  bool operator==(const SymbolClass&) const = default;
};

class Judge {
 public:
  // All outlive the judge.
  Judge(const Image& a, const Image& b, const Target& target, const LayoutPlan& plan,
        std::size_t imports);

  // The judgement of a record's symbol; nothing where its twin in layout B is another symbol.
  // Indices may differ: a template may define a symbol in one layout only.
  std::optional<SymbolClass> judgement(std::uint32_t in_a, std::uint32_t in_b);

 private:
  struct Verdict {
    std::uint32_t twin = 0;  // the symbol's index in layout B
    SymbolClass judged;
  };

  // By section name: which import each section is the stub of; internal: of none.
  using Stubs = std::vector<std::uint32_t>;
  static Stubs stubs_of(const ElfFile& layout, std::size_t imports);

  SymbolClass judge(const Symbol& a, const Symbol& b) const;
  // Nothing where the symbol lies in no stub.
  std::optional<SymbolClass> as_import(const ElfFile& layout, const Stubs& stubs,
                                       const Symbol& s) const;
  bool is_part(const Symbol& a) const;

  const Image& a_;
  const Image& b_;
  const Target& target_;
  const LayoutPlan& plan_;
  Stubs stubs_a_;
  Stubs stubs_b_;
  std::vector<std::optional<Verdict>> verdicts_;  // of each symbol of layout A, once it is met
};

}  // namespace cbundle
