// Proves the two layouts to be one bundle: see engine/bundle/combine.h.
#pragma once

#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/bundle/bundle.h"
#include "engine/stage/layout_link.h"

namespace cbundle {

class CombineStage final : public Stage {
 public:
  CombineStage(const Recipe& recipe, const Digest& layout_a, const Digest& layout_b)
      : recipe_(recipe), layout_a_(layout_a), layout_b_(layout_b) {}

  StageKind kind() const override { return StageKind::combine; }
  void describe(Manifest& manifest) const override;
  Result<Blob> run(StageContext& context) const override;

  // For a run that has failed: what was wrong, with the places in the partial object. Empty where
  // `load` gives none of it again.
  Diagnostics problems(const StageContext::Load& load) const;

 private:
  struct Found {
    Diagnostics problems;  // none, or there is no bundle
    Diagnostics warnings;
    Bundle bundle;
  };
  Result<Found> combined(const StageContext::Load& load) const;

  const Recipe& recipe_;
  Digest layout_a_;
  Digest layout_b_;
};

}  // namespace cbundle
