// The pipeline: which stages there are, in what order, and the one function that caches.
#pragma once

#include <optional>
#include <stop_token>

#include "engine/pipeline/build_state.h"
#include "engine/pipeline/remote_cache.h"
#include "engine/pipeline/remote_worth.h"
#include "engine/pipeline/single_flight.h"

namespace cbundle {

struct LinkParameters;

class Pipeline {
 public:
  // All outlive the pipeline. `is_private` is only remembered for explain(). `remote` may be null.
  Pipeline(Store& store, Executor& executor, bool is_private = false, RemoteCache* remote = nullptr)
      : store_(store),
        executor_(executor),
        remote_(remote),
        inputs_(executor),
        history_(store, inputs_, is_private) {}

  // Errors: bad_request, bad_input, tool_failed, cancelled, internal. Many threads may call.
  Result<Built> build(const Request& request, Progress& progress, const std::stop_token& stop);

  // The result if it takes no more than statx and look-ups; otherwise nothing.
  std::optional<Built> lookup(const Request& request, Progress& progress);

  // What the last build of `output` (absolute) did and why; nothing where none is known.
  std::optional<Explanation> explain(const std::filesystem::path& output) {
    return history_.explain(output);
  }

 private:
  Result<Built> run_stages(BuildState& build);
  Result<Built> run_stages_despite_eviction(BuildState& build);
  Result<void> relink(const LinkParameters& parameters, const Digest& bundle, BuildState& build);
  Result<Digest> step(const Stage& stage, BuildState& build);

  Store& store_;
  Executor& executor_;
  RemoteCache* remote_;
  RemoteWorth worth_;
  InputReader inputs_;
  BuildHistory history_;
  SingleFlight<StageKey, Result<StageResult>> flights_;
};

}  // namespace cbundle
