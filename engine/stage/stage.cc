#include "engine/stage/stage.h"

namespace cbundle {

std::string_view name_of(StageKind kind) {
  switch (kind) {
    case StageKind::bundle: return "bundle";
    case StageKind::script_a: return "script-a";
    case StageKind::script_b: return "script-b";
    case StageKind::partial: return "partial";
    case StageKind::layout_a: return "layout-a";
    case StageKind::layout_b: return "layout-b";
    case StageKind::combine: return "combine";
    case StageKind::emit: return "emit";
    case StageKind::layout_c: return "layout-c";
    case StageKind::verify: return "verify";
  }
  return "unknown";
}

Manifest manifest_of(const Stage& stage) {
  Manifest manifest;
  manifest.field("stage", name_of(stage.kind()));
  stage.describe(manifest);
  return manifest;
}

}  // namespace cbundle
