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
  Diagnostics fresh;
  {
    const std::lock_guard lock(mutex_);
    if (result.output) outputs_.insert_or_assign(result.entry.output, *result.output);
    manifests_[stage.kind()] = manifest.fields();
    if (!result.not_kept.empty()) not_kept_ = result.not_kept;
    const bool is_kept = result.not_kept.empty();
    finished_.push_back({stage.kind(), result.outcome, time_since(start),
                         is_kept ? "" : "its result is not kept: " + result.not_kept});
    if (stage.reads_debug_info() && !result.entry.warnings.empty()) has_linker_warnings_ = true;
    for (Diagnostic& warning : unpack_diagnostics(result.entry.warnings)) {
      if (std::ranges::find(warnings_, warning) != warnings_.end()) continue;
      warnings_.push_back(warning);
      fresh.push_back(std::move(warning));
    }
  }
  if (!result.not_kept.empty()) cache.count("stage.not-kept");
  cache.count("stage." + std::string(name_of(stage.kind())) + "." +
              std::string(name_of(result.outcome)));
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

void BuildState::report_stages(bool succeeded) {
  const auto has_run = [](const StageFinished& stage) { return stage.outcome != Outcome::hit; };
  const StageKey key = previous_build_key(request.directory / request.output);
  StageManifests previous;
  if (std::ranges::any_of(finished_, has_run)) {
    if (const auto note = cache.note(key)) previous = unpack_manifests(*note);
  }
  for (StageFinished& stage : finished_) {
    if (has_run(stage) && stage.reason.empty()) {
      stage.reason = reason_to_run(stage.stage, manifests_[stage.stage], previous, inputs.names);
    }
    progress.on(std::move(stage));
  }
  if (succeeded && previous != manifests_) cache.put_note(key, pack(manifests_));
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
