// Writes the bundle in the form asked for: see engine/bundle/output/emit.h.
#pragma once

#include "engine/bundle/spec.h"
#include "engine/stage/stage.h"

namespace cbundle {

class EmitStage final : public Stage {
 public:
  EmitStage(const Spec& spec, const Digest& bundle) : spec_(spec), bundle_(bundle) {}

  StageKind kind() const override { return StageKind::emit; }
  void describe(Manifest& manifest) const override;
  Result<Blob> run(StageContext& context) const override;

 private:
  const Spec& spec_;
  Digest bundle_;
};

}  // namespace cbundle
