#include "engine/pipeline/build_state.h"

#include <algorithm>

#include "engine/pipeline/failure.h"

namespace cbundle {

Result<Blob> BuildState::load(const Digest& digest) {
  {
    const std::lock_guard lock(mutex_);
    const auto output = outputs_.find(digest);
    if (output != outputs_.end()) return output->second;
  }
  if (std::optional<Blob> output = cache.load(digest)) return *std::move(output);
  return Error{ErrorKind::evicted, digest.hex()};
}

void BuildState::finish(const Stage& stage, const Manifest& manifest, const StageResult& result,
                        Clock::time_point start) {
  const ResultOrigin origin = origin_of(result.entry.warnings);
  Diagnostics fresh;
  {
    const std::lock_guard lock(mutex_);
    if (result.output) outputs_.insert_or_assign(result.entry.output, *result.output);
    manifests_[stage.kind()] = manifest.fields();
    if (!result.not_kept.empty()) not_kept_ = result.not_kept;
    const bool is_kept = result.not_kept.empty();
    work_[stage.kind()] = origin.took;
    Diagnostics warnings = unpack_diagnostics(result.entry.warnings);
    finished_.push_back({stage.kind(), result.outcome, time_since(start),
                         is_kept ? "" : "its result is not kept: " + result.not_kept});
    if (stage.reads_debug_info() && !warnings.empty()) has_linker_warnings_ = true;
    for (Diagnostic& warning : warnings) {
      if (std::ranges::find(warnings_, warning) != warnings_.end()) continue;
      warnings_.push_back(warning);
      fresh.push_back(std::move(warning));
    }
  }
  cache.count("stage." + std::string(name_of(stage.kind())) + "." +
              std::string(name_of(result.outcome)));
  if (was_found(result.outcome)) cache.count_saved(origin.took);
  report_warnings(fresh, inputs, progress);
}

Result<void> BuildState::add_included(const FileDigests& digests) {
  for (const auto& [file, digest] : digests) {
    const auto [known, is_new] = included_.try_emplace(file, digest);
    if (known->second != digest) return changed_during_build(lists.names().path(file.name));
  }
  return {};
}

void BuildState::restart() {
  warnings_.clear();
  has_linker_warnings_ = false;
  included_.clear();
  not_kept_.clear();
}

BuildHistory::Records BuildState::report_stages(BuildHistory& history, BuildRecord& record) {
  const auto has_run = [](const StageFinished& stage) { return !was_found(stage.outcome); };
  BuildHistory::Records records = history.last(request, cache);
  const BuildRecord* previous = records.empty() ? nullptr : &records.front();
  const Changes changes =
      previous != nullptr ? history.changes(*previous, record, cache) : Changes();
  for (StageFinished& stage : finished_) {
    if (has_run(stage) && stage.reason.empty()) {
      stage.reason = reason_to_run(stage.stage, manifests_[stage.stage], previous, changes);
    }
    progress.on(stage);
  }
  record.stages = std::move(finished_);
  record.manifests = std::move(manifests_);
  return records;
}

std::chrono::microseconds BuildState::work() const {
  std::chrono::microseconds total{0};
  for (const auto& [stage, took] : work_) total += took;
  const auto of = [&](StageKind stage) {
    const auto found = work_.find(stage);
    return found != work_.end() ? found->second : std::chrono::microseconds(0);
  };
  return total - std::min(of(StageKind::layout_a), of(StageKind::layout_b));
}

std::vector<Blob> BuildState::take_outputs() {
  std::vector<Blob> outputs;
  for (auto& [digest, blob] : outputs_) outputs.push_back(std::move(blob));
  return outputs;
}

void report_warnings(const Diagnostics& warnings, const Inputs& inputs, Progress& progress) {
  for (const Diagnostic& warning : warnings) {
    progress.on(Warning{with_input_names(warning, inputs)});
  }
}

Error changed_during_build(const std::filesystem::path& file) {
  return {ErrorKind::bad_input, file.string() + " changed while the script was read",
          "run the build again, and make the rule depend on that file"};
}

}  // namespace cbundle
