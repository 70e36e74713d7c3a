// One step of the pipeline: a pure function from digests to one blob.
#pragma once

#include <string_view>

#include "engine/base/bytes.h"
#include "engine/digest/manifest.h"
#include "engine/tool/stage_context.h"

namespace cbundle {

enum class StageKind {
  bundle,
  script_a,
  script_b,
  partial,
  layout_a,
  layout_b,
  combine,
  emit,
  layout_c,
  verify,
};

// "layout-a": as `--json` and `stats` show it.
std::string_view name_of(StageKind kind);

class Stage {
 public:
  virtual ~Stage() = default;
  virtual StageKind kind() const = 0;

  // Everything the output depends on. run() must read nothing else, unless includes_files().
  virtual void describe(Manifest& manifest) const = 0;

  // Whether run() finds more inputs: see StageContext::files_read().
  virtual bool includes_files() const { return false; }

  // Whether what the tools print depends on debug sections too, which describe() leaves out.
  virtual bool reads_debug_info() const { return false; }

  // Makes the output. Called on a miss only, perhaps from several threads.
  virtual Result<Blob> run(StageContext& context) const = 0;
};

// The kind, and what the stage depends on. Its key() is the stage's key.
Manifest manifest_of(const Stage& stage);

}  // namespace cbundle
