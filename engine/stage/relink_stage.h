// Links the emitted object alone, and compares it with layout C: see engine/bundle/output/relink.h.
#pragma once

#include "engine/bundle/output/relink.h"
#include "engine/stage/layout_link.h"

namespace cbundle {

// The object is emitted here once more, whatever form the build writes: same bundle, same bytes.
// So one check serves every form.
class RelinkStage final : public Stage {
 public:
  RelinkStage(const LinkParameters& parameters, const Digest& layout_c, const Digest& bundle)
      : parameters_(parameters), layout_c_(layout_c), bundle_(bundle) {}

  StageKind kind() const override { return StageKind::verify; }
  void describe(Manifest& manifest) const override;

  // A sentence that says what was compared. Error{internal} lists the places that differ,
  // Error{bad_input} that the script begins the bundle where no object can.
  Result<Blob> run(StageContext& context) const override;

 private:
  Result<Relinked> link_at(const LinkAddresses& place, const Bundle& bundle,
                           const std::vector<Import>& imports, StageContext& context) const;
  Result<void> check_fixups(const Relinked& linked, const LinkAddresses& place,
                            const Bundle& bundle, const std::vector<Import>& imports,
                            StageContext& context) const;

  const LinkParameters& parameters_;
  Digest layout_c_;
  Digest bundle_;
};

}  // namespace cbundle
