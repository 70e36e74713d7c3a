#include "engine/pipeline/pipeline.h"

#include <chrono>
#include <ctime>
#include <future>
#include <thread>

#include "engine/pipeline/failure.h"
#include "engine/stage/combine_stage.h"
#include "engine/stage/emit_stage.h"
#include "engine/stage/layout_link.h"
#include "engine/stage/partial_link.h"
#include "engine/stage/relink_stage.h"
#include "engine/stage/script_stage.h"

namespace cbundle {

// The parameters. Only digests pass from stage to stage; the bytes stay in the store.
Result<Built> Pipeline::run_stages(BuildState& build) {
  const Inputs& inputs = build.inputs;
  const Request& request = build.request;
  LinkParameters parameters{inputs.linker, *inputs.target, request.spec, {}, {}, {}};
  if (inputs.script) {
    const ScriptStage::Source source = script_source(request, inputs);
    parameters.script_a = TRY(step(ScriptStage(Layout::a, source), build));
    parameters.script_b = TRY(step(ScriptStage(Layout::b, source), build));
  }
  const Result<Digest> partial =
      step(PartialLink(inputs.linker, *inputs.target, inputs.objects), build);
  if (!partial) return explain_partial_failure(partial.error(), inputs);
  parameters.partial = partial.value();

  const auto explained = [&](const Error& error) {
    return explain_failure(error, parameters, build);
  };
  const LayoutLink link_a(Layout::a, parameters);
  const LayoutLink link_b(Layout::b, parameters);
  // Where no thread can be started, libstdc++ then runs B in get(), after A.
  auto other =
      std::async(std::launch::async | std::launch::deferred, [&] { return step(link_b, build); });
  const Result<Digest> layout_a = step(link_a, build);
  const Result<Digest> layout_b = other.get();
  if (!layout_a) return explained(layout_a.error());
  if (!layout_b) return explained(layout_b.error());

  const CombineStage combine(parameters, layout_a.value(), layout_b.value());
  const Result<Digest> bundle = step(combine, build);
  if (!bundle) return explained(bundle.error());
  const Digest emitted = TRY(step(EmitStage(request.spec, bundle.value()), build));
  if (request.spec.verify == Verify::relink) TRY(relink(parameters, bundle.value(), build));
  return Built{emitted, TRY(build.load(emitted)), {}};
}

// Whether the object, linked at a third place, is what its inputs are there.
Result<void> Pipeline::relink(const LinkParameters& parameters, const Digest& bundle,
                              BuildState& build) {
  const Result<Digest> layout_c = step(LayoutLink(Layout::c, parameters), build);
  if (!layout_c) return explain_failure(layout_c.error(), parameters, build);
  TRY(step(RelinkStage(parameters, layout_c.value(), bundle), build));
  return {};
}

namespace {

std::optional<StageResult> find(const Stage& stage, const Manifest& manifest, BuildState& build) {
  auto known = build.lists.find(manifest, stage.includes_files());
  if (known || !stage.reads_debug_info()) return known;
  return build.lists.find(with_contents(manifest, build.inputs), false);
}

// A linker takes longer than a round trip to the remote cache; the other stages do not.
bool runs_linker(const Stage& stage) {
  switch (stage.kind()) {
    case StageKind::partial:
    case StageKind::layout_a:
    case StageKind::layout_b:
    case StageKind::layout_c:
    case StageKind::verify: return true;
    default: return false;
  }
}

// A result with warnings of the linker is one of the debug sections too, which have their lines.
void put(const Stage& stage, const Manifest& manifest, const StageResult& result,
         BuildState& build) {
  const bool has_lines = stage.reads_debug_info() && has_warnings(result.entry.warnings);
  build.lists.put(has_lines ? with_contents(manifest, build.inputs) : manifest, result.included,
                  result.entry, *result.output);
  if (runs_linker(stage)) build.remote.put(stage.kind(), manifest, false, has_lines, result);
}

// Time for a later change to show in the files' times, where the last one is too recent for that.
void wait_until_quiet(PathWitness::Time last_change) {
  const auto left = last_change + two_clock_ticks - std::chrono::system_clock::now();
  if (left > left.zero() && left < 2 * two_clock_ticks) std::this_thread::sleep_for(left);
}

// How names lead to files now: those that a stage's tool is told, and `files`.
PathWitness witness(const Stage& stage, const BuildState& build, const std::set<FileUse>& files) {
  PathWitness witness = build.lists.witness(files);
  if (stage.includes_files()) witness.add(build.lists.names().marked_script());
  if (stage.kind() != StageKind::partial) return witness;
  for (const Input& object : build.inputs.objects) witness.add(object.file.path);
  return witness;
}

// Which files a script includes is known only after they have been read. The digests taken then are
// those of what was read if no name can have led to anything else meanwhile; otherwise the stage
// runs again. Objects have digests and are compared with them after the link, so that only the
// links and directories on the way to them matter here.
Result<StageResult> run_stage(const Stage& stage, BuildState& build) {
  constexpr int max_runs = 4;
  const auto steps = stage.includes_files() ? PathWitness::Steps::all : PathWitness::Steps::ways;
  FileDigests previous;
  PathWitness before = witness(stage, build, {});
  for (int run = 1;; ++run) {
    const auto start = std::chrono::system_clock::now();
    const auto clock_start = BuildState::Clock::now();
    StageContext context = build.new_context();
    const Blob output = TRY(stage.run(context));
    const ResultOrigin origin{std::time(nullptr), time_since(clock_start)};
    const Entry entry{Digest::of(output.bytes()), with_origin(context.packed_warnings(), origin)};
    FileDigests digests = TRY(build.lists.digests_of(context.files()));
    StageResult result{entry, output, Outcome::ran, std::move(digests), context.not_kept()};
    if (result.not_kept.empty()) result.not_kept = build.lists.inputs().why_not_kept(build.inputs);
    const PathWitness after = witness(stage, build, context.files());
    const auto changed = after.changed_since(start, before, steps);
    const bool is_same = result.included == previous;
    previous = result.included;
    result.included.insert(context.files_read().begin(), context.files_read().end());
    if (!changed) return result;
    if (run == max_runs) {
      if (!is_same) return changed_during_build(changed->path);
      result.not_kept = changed->path.string() + " keeps changing";
      return result;
    }
    wait_until_quiet(changed->when);
    before = witness(stage, build, context.files());
  }
}

// A result from the disk has no SHA-256, which the keys of later stages need: but not that of the
// combine, whose result is not looked for, so that layouts A and B are not read for it.
void add_sha256(const Stage& stage, Digest& output, BuildState& build) {
  const bool is_for_combine =
      stage.kind() == StageKind::layout_a || stage.kind() == StageKind::layout_b;
  if (!build.remote.is_used() || output.sha256 || is_for_combine) return;
  const Result<Blob> blob = build.load(output);
  if (blob) output.sha256 = sha256_if_used(blob.value().text());
}

std::optional<StageResult> find_remotely(const Stage& stage, const Manifest& manifest,
                                         BuildState& build, RemoteWorth& worth) {
  if (!build.remote.is_used() || !runs_linker(stage)) return std::nullopt;
  if (!worth.is_worth_asking(stage.kind())) {
    build.cache.count("remote.bypassed");
    return std::nullopt;
  }
  const auto start = BuildState::Clock::now();
  auto known = build.remote.find(stage.kind(), manifest, false, stage.reads_debug_info());
  worth.looked_up(time_since(start));
  return known;
}

// All caching is here: one stage, found in a cache or run.
Result<StageResult> find_or_run(const Stage& stage, const Manifest& manifest, BuildState& build,
                                RemoteWorth& worth) {
  if (auto known = find(stage, manifest, build)) return *std::move(known);
  if (auto known = find_remotely(stage, manifest, build, worth)) return *std::move(known);
  StageResult result = TRY(run_stage(stage, build));
  worth.ran(stage.kind(), origin_of(result.entry.warnings).took);
  if (result.not_kept.empty()) put(stage, manifest, result, build);
  return result;
}

// Whether another build's result is this one's too. A failure is not: its cause may be the other
// build's, such as a file that was edited there, and its messages name the other build's files.
bool is_shareable(const Result<StageResult>& result, const BuildState& build) {
  if (!result || !result.value().not_kept.empty()) return false;
  const Result<bool> is_same = build.lists.is_as_it_was(result.value().included);
  return is_same && is_same.value();
}

}  // namespace

// Returns the stage's output, for which it waits where another build is making it.
Result<Digest> Pipeline::step(const Stage& stage, BuildState& build) {
  const auto start = BuildState::Clock::now();
  const Error cancelled{ErrorKind::cancelled, "the build was cancelled"};
  if (build.stop.stop_requested()) return cancelled;
  const Manifest manifest = manifest_of(stage);
  const StageKey key =
      stage.reads_debug_info() ? with_contents(manifest, build.inputs).key() : manifest.key();
  auto flight = flights_.once(
      key, build.stop, [&] { return find_or_run(stage, manifest, build, worth_); },
      [&](const Result<StageResult>& result) { return is_shareable(result, build); });
  if (!flight) return cancelled;
  if (!flight->value) return flight->value.error();
  StageResult result = std::move(flight->value).value();
  if (flight->shared) result.outcome = Outcome::shared;
  build.finish(stage, manifest, result, start);
  TRY(build.add_included(result.included));
  add_sha256(stage, result.entry.output, build);
  return result.entry.output;
}

}  // namespace cbundle
