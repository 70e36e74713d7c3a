#include "engine/pipeline/pipeline.h"

#include <future>

#include "engine/stage/combine_stage.h"
#include "engine/stage/emit_stage.h"
#include "engine/stage/layout_link.h"
#include "engine/stage/partial_link.h"
#include "engine/stage/relink_stage.h"
#include "engine/stage/script_stage.h"

namespace cbundle {

// The recipe. Only digests pass from stage to stage; the bytes stay in the store.
Result<Digest> Pipeline::run_stages(BuildState& build) {
  const Inputs& inputs = build.inputs;
  const Request& request = build.request;
  Recipe recipe{inputs.linker, *inputs.target, request.spec, {}, {}, {}};
  if (inputs.script) {
    const ScriptStage::Source source = script_source(request, inputs);
    recipe.script_a = TRY(script_step(ScriptStage(Layout::a, source), build));
    recipe.script_b = TRY(script_step(ScriptStage(Layout::b, source), build));
  }
  const Result<Digest> partial =
      step(PartialLink(inputs.linker, *inputs.target, inputs.objects), build);
  if (!partial) return explain_partial_failure(partial.error(), inputs);
  recipe.partial = partial.value();

  const auto explained = [&](const Error& error) {
    return explain_failure(error, recipe, inputs, failure_context(build));
  };
  const LayoutLink link_a(Layout::a, recipe);
  const LayoutLink link_b(Layout::b, recipe);
  // Where no thread can be started, libstdc++ then runs B in get(), after A.
  auto other =
      std::async(std::launch::async | std::launch::deferred, [&] { return step(link_b, build); });
  const Result<Digest> layout_a = step(link_a, build);
  const Result<Digest> layout_b = other.get();
  if (!layout_a) return explained(layout_a.error());
  if (!layout_b) return explained(layout_b.error());

  const CombineStage combine(recipe, layout_a.value(), layout_b.value());
  const Result<Digest> bundle = step(combine, build);
  if (!bundle) return explained(bundle.error());
  const Digest emitted = TRY(step(EmitStage(request.spec, bundle.value()), build));
  if (request.spec.verify == Verify::relink) TRY(relink(recipe, bundle.value(), build));
  return emitted;
}

// Whether the object, linked at a third place, is what its inputs are there.
Result<void> Pipeline::relink(const Recipe& recipe, const Digest& bundle, BuildState& build) {
  const Result<Digest> layout_c = step(LayoutLink(Layout::c, recipe), build);
  if (!layout_c) {
    return explain_failure(layout_c.error(), recipe, build.inputs, failure_context(build));
  }
  TRY(step(RelinkStage(recipe, layout_c.value(), bundle), build));
  return {};
}

// All caching is here: one stage, found in the cache or run.
Result<Digest> Pipeline::step(const Stage& stage, BuildState& build) {
  const auto find_or_run = [&](const Manifest& manifest) -> Result<StageResult> {
    const StageKey key = manifest.key();
    if (std::optional<Entry> known = build.cache.find(key)) return StageResult{*known};
    // A slower tier, such as a shared cache, is to be asked here: with `manifest`, a deadline and
    // `build.stop`.
    const auto load = [&](const Digest& digest) { return build.load(digest); };
    StageContext context(load, executor_, build.stop);
    StageResult result = TRY(run_stage(stage, context));
    build.cache.put(key, result.entry, *result.output);
    return result;
  };
  const StageResult result = TRY(share(stage, build, find_or_run));
  return result.entry.output;
}

// As step(), for a stage whose inputs show only when it runs.
Result<Digest> Pipeline::script_step(const ScriptStage& stage, BuildState& build) {
  const DependencyLists lists(build.cache, build.request.directory, content_digests());
  const auto find_or_run = [&](const Manifest& manifest) {
    return lists.find_or_run(stage, manifest, executor_, build.stop);
  };
  const StageResult result = TRY(share(stage, build, find_or_run));
  TRY(build.add_included(result.included));
  return result.entry.output;
}

// Does the work, or waits for another build that is doing it.
Result<StageResult> Pipeline::share(const Stage& stage, BuildState& build, const Work& work) {
  const auto start = BuildState::Clock::now();
  const Error cancelled{ErrorKind::cancelled, "the build was cancelled"};
  if (build.stop.stop_requested()) return cancelled;
  const Manifest manifest = manifest_of(stage);
  auto flight = flights_.once(
      manifest.key(), build.stop, [&] { return work(manifest); },
      [](const auto& result) { return !result && result.error().kind == ErrorKind::cancelled; });
  if (!flight) return cancelled;
  StageResult result = TRY(std::move(flight->value));
  if (flight->shared) result.outcome = Outcome::shared;
  build.finish(stage, manifest, result, start);
  return result;
}

}  // namespace cbundle
