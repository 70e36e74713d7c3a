// The state of one build, shared by its stages.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "engine/pipeline/build_history.h"
#include "engine/pipeline/dependency_lists.h"
#include "engine/pipeline/remote_results.h"

namespace cbundle {

inline std::chrono::microseconds time_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                               start);
}

// The two layouts are linked on two threads, so load() and finish() may be called from both.
class BuildState {
 public:
  using Clock = std::chrono::steady_clock;

  // All outlive the build.
  BuildState(const Request& of, const Inputs& read, const DependencyLists& dependency_lists,
             const RemoteResults& remote_results, BuildCache& store, Progress& events,
             Executor& tools, const std::stop_token& stop_token)
      : request(of),
        inputs(read),
        lists(dependency_lists),
        remote(remote_results),
        cache(store),
        progress(events),
        executor(tools),
        stop(stop_token) {}

  const Request& request;
  const Inputs& inputs;
  const DependencyLists& lists;
  const RemoteResults& remote;
  BuildCache& cache;
  Progress& progress;
  Executor& executor;
  const std::stop_token& stop;

  StageContext new_context() {
    return {[this](const Digest& digest) { return load(digest); }, executor, stop,
            request.directory.native()};
  }

  // The output of an earlier stage, made by this build or in the cache; Error{evicted} if it is in
  // neither. So a store that refuses results does not make builds fail.
  Result<Blob> load(const Digest& digest);

  // Records a stage's result, and reports its warnings.
  void finish(const Stage& stage, const Manifest& manifest, const StageResult& result,
              Clock::time_point start);

  // Error{bad_input} if two scripts have read different contents of a file.
  Result<void> add_included(const FileDigests& digests);
  const FileDigests& included() const { return included_; }

  // Whether the bundle may be cached: all results that it is made of may be.
  bool is_kept() const { return not_kept_.empty(); }

  const Diagnostics& warnings() const { return warnings_; }  // each once

  // Whether one of them may depend on debug sections.
  bool has_linker_warnings() const { return has_linker_warnings_; }

  // Before the stages run once more: forgets warnings and included files, but no outputs.
  void restart();

  // At the end of the build, as the reasons need the output's previous build from the store: 0.2 ms
  // for which no linker should wait. Puts stages, manifests and times into `record`, which begins
  // as of record_of(). Returns the output's previous builds.
  BuildHistory::Records report_stages(BuildHistory& history, BuildRecord& record);

  // The time of all stages, found ones too, as if each had run; the layouts run at the same time.
  std::chrono::microseconds work() const;

  std::vector<Blob> take_outputs();

 private:
  std::mutex mutex_;
  std::unordered_map<Digest, Blob> outputs_;
  StageManifests manifests_;
  std::vector<StageFinished> finished_;
  std::map<StageKind, std::chrono::microseconds> work_;
  Diagnostics warnings_;
  bool has_linker_warnings_ = false;
  FileDigests included_;
  std::string not_kept_;
};

// Reports warnings of the cache with the names of this build's inputs.
void report_warnings(const Diagnostics& warnings, const Inputs& inputs, Progress& progress);

// Error{bad_input}: `file` was edited during the build.
Error changed_during_build(const std::filesystem::path& file);

}  // namespace cbundle
