#include "engine/stage/emit_stage.h"

#include "engine/bundle/output/emit.h"

namespace cbundle {

void EmitStage::describe(Manifest& manifest) const {
  manifest.field("algorithm", "7");
  manifest.field("combined bundle", bundle_);
  manifest.field("form", name_of(spec_.form));
  manifest.field("mode", name_of(spec_.mode));
  manifest.field("section", spec_.section);
  manifest.field("prefix", spec_.prefix);
}

Result<Blob> EmitStage::run(StageContext& context) const {
  const Blob bytes = TRY(context.load(bundle_));
  Bundle bundle = TRY(unpack_bundle(bytes.text()));
  return Blob(TRY(emit(std::move(bundle), spec_)));
}

}  // namespace cbundle
