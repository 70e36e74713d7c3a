// The pipeline itself: which stages there are, in what order, and the one function that caches.
#pragma once

#include <optional>

#include "engine/pipeline/builder.h"
#include "engine/pipeline/dependency_lists.h"
#include "engine/pipeline/failure.h"
#include "engine/pipeline/inputs.h"
#include "engine/pipeline/previous_build.h"
#include "engine/pipeline/single_flight.h"
#include "engine/store/store.h"

namespace cbundle {

class ScriptStage;
struct Recipe;

class Pipeline final : public Builder {
 public:
  // `store` and `executor` outlive the pipeline.
  Pipeline(Store& store, Executor& executor)
      : store_(store), executor_(executor), inputs_(executor) {}

  Result<Built> build(const Request& request, Progress& progress,
                      const std::stop_token& stop) override;

  // The whole answer, where it takes no more than statx and look-ups; otherwise nothing.
  std::optional<Built> lookup(const Request& request, Progress& progress);

 private:
  // One build's state; lives as long as the build.
  struct Call;

  // What a stage left: its entry, and its bytes where they were made just now.
  struct Made {
    Entry entry;
    std::optional<Blob> blob;
    Outcome outcome = Outcome::hit;
    SeenDigests seen = {};  // of the files that a script includes
  };
  struct Scripted {
    Digest digest;
    DependencyList files;
  };
  struct Scripts {
    std::optional<Scripted> a, b;
  };
  using Flights = SingleFlight<StageKey, Result<Made>>;

  Result<Built> build_anew(const Request& request, const Inputs& inputs, Call& call);
  Result<Digest> run_stages(const Request& request, const Inputs& inputs, Call& call,
                            Scripts& scripts);
  Result<void> relink(const Recipe& recipe, const Digest& bundle, Call& call);
  Result<Scripts> run_scripts(const Request& request, const Inputs& inputs, Call& call);
  Result<Scripted> script_step(const ScriptStage& stage, Call& call);
  Result<Digest> step(const Stage& stage, Call& call);

  Result<Made> lookup_or_run(const Stage& stage, const StageKey& key, Call& call);
  Result<Blob> take(const Digest& digest, Call& call);
  FailureContext failure_context(Call& call);
  Result<Made> run(const Stage& stage, const StageKey& key, Call& call);
  Result<Made> lookup_or_run_script(const ScriptStage& stage, const Manifest& manifest, Call& call);
  Result<Made> run_script(const ScriptStage& stage, const Manifest& manifest, Call& call);
  Result<Made> share(const StageKey& key, Call& call, const std::function<Result<Made>()>& work);
  void finish(StageKind stage, const Manifest& manifest, const Made& made,
              std::chrono::steady_clock::time_point start, Call& call);
  StageManifests report_stages(Call& call);

  std::optional<Built> lookup_bundle(const Manifest& manifest, const Inputs& inputs,
                                     const Request& request, const DigestOf& digest_of,
                                     Progress& progress);
  std::optional<Built> find_bundle(const StageKey& key, const Inputs& inputs, Progress& progress);
  void remember(const Manifest& manifest, const Inputs& inputs, const Request& request,
                const Built& built, const StageManifests& previous, Call& call);

  // Of files as they are now, read where they must be.
  DigestOf content_digests();
  static DigestOf seen_digests(const Call& call);
  // The lists of files kept under a telling, see dependency_lists.h.
  std::vector<DependencyList> load_lists(const Manifest& manifest, Progress& progress);
  void keep_list(const Manifest& manifest, const DependencyList& files, Progress& progress);

  // The store, where a fault is a miss and a trouble.
  std::optional<Entry> find(const StageKey& key, Progress& progress);
  std::optional<Blob> load(const Digest& digest, Progress& progress);
  std::optional<Blob> load_kept(const StageKey& key, Progress& progress);
  void keep(const StageKey& key, const Entry& entry, const Blob& blob, Progress& progress);

  Store& store_;
  Executor& executor_;
  InputReader inputs_;
  Flights flights_;
};

}  // namespace cbundle
