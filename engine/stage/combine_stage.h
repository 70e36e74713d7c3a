// Proves that the two layouts are one bundle: see engine/bundle/proof/combine.h.
#pragma once

#include "engine/bundle/bundle.h"
#include "engine/stage/layout_link.h"

namespace cbundle {

class CombineStage final : public Stage {
 public:
  CombineStage(const LinkParameters& parameters, const Digest& layout_a, const Digest& layout_b)
      : parameters_(parameters), layout_a_(layout_a), layout_b_(layout_b) {}

  StageKind kind() const override { return StageKind::combine; }
  void describe(Manifest& manifest) const override;

  // Error{bad_input} has diagnostics with places in the partial object, see Diagnostic::place.
  Result<Blob> run(StageContext& context) const override;

 private:
  Result<Bundle> proved(StageContext& context) const;

  const LinkParameters& parameters_;
  Digest layout_a_;
  Digest layout_b_;
};

}  // namespace cbundle
