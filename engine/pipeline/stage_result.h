// What a stage returned, made just now or found in the cache.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/pipeline/progress.h"
#include "engine/store/store.h"

namespace cbundle {

// What files held when a result was made of them, by their names in a dependency list.
using FileDigests = std::map<std::string, Digest>;

struct StageResult {
  Entry entry;
  std::optional<Blob> output = {};  // where it was made just now
  Outcome outcome = Outcome::hit;
  FileDigests included = {};  // the files that a script includes
};

inline Result<StageResult> run_stage(const Stage& stage, StageContext& context) {
  const Blob output = TRY(stage.run(context));
  const Entry entry{Digest::of(output.bytes()), context.packed_warnings()};
  return StageResult{entry, output, Outcome::ran};
}

}  // namespace cbundle
