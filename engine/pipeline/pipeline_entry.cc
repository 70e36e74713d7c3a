// The pipeline's public methods: what surrounds the recipe in pipeline.cc.
#include "engine/pipeline/bundle_record.h"
#include "engine/pipeline/pipeline.h"
#include "engine/stage/script_stage.h"

namespace cbundle {

Result<Built> Pipeline::build(const Request& request, Progress& progress,
                              const std::stop_token& stop) {
  const Inputs inputs = TRY(inputs_.read(request, stop));
  SerialProgress events(progress);
  BuildCache cache(store_, events);
  const BundleRecord record(request, inputs, cache, content_digests());
  if (std::optional<Built> known = record.find(events)) return *std::move(known);

  BuildState build(request, inputs, cache, events, stop);
  Result<Built> built = build_anew(build);
  if (!built && built.error().kind == ErrorKind::evicted) {
    events.on(CacheWarning{
        {.severity = Severity::warning,
         .message = "an intermediate result was evicted; building without the cache"}});
    cache.ignore_entries();
    build.restart();
    built = build_anew(build);
  }
  build.report_stages(static_cast<bool>(built));
  if (!built) return built;
  record.put(built.value(), build);
  built.value().intermediates = build.take_outputs();
  return built;
}

Result<Built> Pipeline::build_anew(BuildState& build) {
  const Digest object = TRY(run_stages(build));
  return Built{object, TRY(build.load(object)),
               files_read(build.request, build.inputs, build.included())};
}

std::optional<Built> Pipeline::lookup(const Request& request, Progress& progress) {
  const std::optional<Inputs> inputs = inputs_.lookup(request);
  if (!inputs) return std::nullopt;
  BuildCache cache(store_, progress);
  const auto known_digest = [this](const std::filesystem::path& file) {
    return inputs_.cached_content_digest(file);
  };
  return BundleRecord(request, *inputs, cache, known_digest).find(progress);
}

// Of files as they are now, read if necessary.
DependencyLists::DigestOf Pipeline::content_digests() {
  return [this](const std::filesystem::path& file) {
    return std::optional(inputs_.content_digest(file));
  };
}

// What explaining a failure may need; `build` outlives it.
FailureContext Pipeline::failure_context(BuildState& build) {
  return {[&build](const Digest& digest) { return build.load(digest); },
          [this, &build] {
            const ScriptStage::Source source = script_source(build.request, build.inputs);
            StageContext context(load_nothing, executor_, build.stop);
            return ScriptStage(Layout::a, source).read(context);
          }};
}

}  // namespace cbundle
