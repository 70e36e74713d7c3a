// The pipeline itself: which stages there are, in what order, and the one function that caches.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>

#include "engine/pipeline/build_state.h"
#include "engine/pipeline/dependency_lists.h"
#include "engine/pipeline/failure.h"
#include "engine/pipeline/inputs.h"
#include "engine/pipeline/request.h"
#include "engine/pipeline/single_flight.h"

namespace cbundle {

class ScriptStage;
struct Recipe;

class Pipeline {
 public:
  // `store` and `executor` outlive the pipeline.
  Pipeline(Store& store, Executor& executor)
      : store_(store), executor_(executor), inputs_(executor) {}

  // Errors: bad_request, bad_input, tool_failed, cancelled, internal. Many threads may call.
  Result<Built> build(const Request& request, Progress& progress, const std::stop_token& stop);

  // The whole answer, where it takes no more than statx and look-ups; otherwise nothing.
  std::optional<Built> lookup(const Request& request, Progress& progress);

 private:
  Result<Digest> run_stages(BuildState& build);
  Result<Built> build_anew(BuildState& build);
  Result<void> relink(const Recipe& recipe, const Digest& bundle, BuildState& build);

  Result<Digest> step(const Stage& stage, BuildState& build);
  Result<Digest> script_step(const ScriptStage& stage, BuildState& build);
  using Work = std::function<Result<StageResult>(const Manifest&)>;
  Result<StageResult> share(const Stage& stage, BuildState& build, const Work& work);

  DependencyLists::DigestOf content_digests();
  FailureContext failure_context(BuildState& build);

  Store& store_;
  Executor& executor_;
  InputReader inputs_;
  SingleFlight<StageKey, Result<StageResult>> flights_;
};

}  // namespace cbundle
