// Where a symbol's address comes from, judged by what it did between the two layouts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/bundle/bundle.h"
#include "engine/bundle/image.h"
#include "engine/bundle/layout_plan.h"

namespace cbundle {

enum class Origin : std::uint8_t {
  inside,    // lies in the bundle and moves with it
  import,    // a stub of ours
  constant,  // the same in both layouts
  nowhere,   // weak and undefined
  outside,   // moves with the bundle, or lies in a section, but is no part of it
  astray,    // moved by itself
};

struct Judged {
  Origin origin = Origin::outside;
  std::uint32_t import = internal;
};

class Judge {
 public:
  // All outlive the judge.
  Judge(const Image& a, const Image& b, const Target& target, const LayoutPlan& plan);

  // The judgement of a record's symbol; nothing where its twin in layout B is another symbol.
  // Indices may differ: a template may define a symbol in one layout only.
  std::optional<Judged> judgement(std::uint32_t in_a, std::uint32_t in_b);

 private:
  struct Verdict {
    std::uint32_t twin = 0;  // the symbol's index in layout B
    Judged judged;
  };

  Judged judge(const Symbol& a, const Symbol& b) const;
  bool is_part(const Symbol& a) const;

  const Image& a_;
  const Image& b_;
  const Target& target_;
  const LayoutPlan& plan_;
  std::vector<std::uint32_t> import_of_section_;  // of layout A; internal: none
  std::vector<std::optional<Verdict>> verdicts_;  // of each symbol of layout A, once it is met
};

}  // namespace cbundle
