#include "engine/pipeline/pipeline.h"

#include <algorithm>
#include <future>
#include <mutex>

#include "engine/base/text.h"
#include "engine/pipeline/failure.h"
#include "engine/stage/combine_stage.h"
#include "engine/stage/emit_stage.h"
#include "engine/stage/layout_link.h"
#include "engine/stage/partial_link.h"
#include "engine/stage/relink_stage.h"
#include "engine/stage/script_stage.h"

namespace cbundle {
namespace {

using Clock = std::chrono::steady_clock;

std::chrono::microseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
}

// The two layouts tell their events from two threads; `inner` hears one at a time.
class SerialProgress final : public Progress {
 public:
  explicit SerialProgress(Progress& inner) : inner_(inner) {}
  void on(const Event& event) override {
    const std::lock_guard lock(mutex_);
    inner_.on(event);
  }

 private:
  std::mutex mutex_;
  Progress& inner_;
};

ScriptStage::Source script_source(const Request& request, const Inputs& inputs) {
  return {*inputs.script, inputs.preprocessor, request.defines, request.directory};
}

// For stages whose inputs are files only.
Result<Blob> nothing_to_take() {
  return Error{ErrorKind::internal, "a stage took what it was not given"};
}

Error cancelled() { return {ErrorKind::cancelled, "the build was cancelled"}; }

Error changed(const std::filesystem::path& file) {
  return {ErrorKind::bad_input, file.string() +
                                    " changed while the script was read; run the build again, and "
                                    "make the rule depend on that file"};
}

void warn_of_cache(const Error& error, Progress& progress) {
  Diagnostic warning = error.diagnostics.front();
  warning.severity = Severity::warning;
  progress.on(CacheWarning{std::move(warning)});
}

void report_warnings(const Entry& entry, const Inputs& inputs, Progress& progress) {
  for (Diagnostic& warning : unpack_diagnostics(entry.warnings)) {
    progress.on(Warning{with_input_names(std::move(warning), inputs)});
  }
}

bool gave_up(const auto& made) { return !made && made.error().kind == ErrorKind::cancelled; }

// Everything a bundle depends on, but for files that a script includes.
Manifest manifest_of(const Request& request, const Inputs& inputs) {
  const Spec& spec = request.spec;
  Manifest manifest;
  manifest.field("stage", name_of(StageKind::bundle));
  manifest.field("algorithm", "4");
  manifest.field("machine", inputs.target->name);
  manifest.field("linker", inputs.linker.identity);
  for (const Input& object : inputs.objects) manifest.field("object", object.digest);
  if (inputs.script) manifest.field("script", inputs.script->digest);
  if (inputs.preprocessor) manifest.field("preprocessor", inputs.preprocessor->identity);
  for (const std::string& define : request.defines) manifest.field("define", define);
  describe_imports(spec, manifest);
  for (const std::string& name : spec.exports) manifest.field("export", name);
  manifest.field("mode", name_of(spec.mode));
  manifest.field("form", name_of(spec.form));
  manifest.field("section", spec.section);
  manifest.field("prefix", spec.prefix);
  manifest.field("verify", name_of(spec.verify));
  return manifest;
}

// Where the lists of files that a script includes are kept.
StageKey lists_key(const Manifest& manifest) {
  Manifest lists = manifest;
  lists.field("kept here", "dependency lists");
  return lists.key();
}

Entry entry_of(const Blob& blob, std::string warnings = {}) {
  return {Digest::of(blob.bytes()), std::move(warnings)};
}

// Without those that were looked for and not there.
void add_existing(std::vector<std::filesystem::path>& to, const DependencyList& files,
                  const std::filesystem::path& directory) {
  for (const std::string& file : files) {
    std::error_code code;
    const bool is_new = std::ranges::find(to, std::filesystem::path(file)) == to.end();
    if (is_new && std::filesystem::exists(directory / file, code)) to.emplace_back(file);
  }
}

}  // namespace

struct Pipeline::Call {
  Call(const Request& build, const Inputs& read, Progress& told, const std::stop_token& stop_token)
      : request(build), inputs(read), progress(told), stop(stop_token) {}

  const Request& request;
  const Inputs& inputs;
  SerialProgress progress;
  const std::stop_token& stop;
  bool use_cache = true;

  // The layouts run side by side, so what follows is guarded.
  std::mutex mutex;
  std::unordered_map<Digest, Blob> made;  // so that a store that keeps nothing fails no build
  StageManifests manifests;
  Diagnostics warnings;
  DependencyList files;  // that the scripts read, or looked for in vain
  SeenDigests seen;      // of these files
  std::vector<StageFinished> finished;
};

Result<Built> Pipeline::build(const Request& request, Progress& progress,
                              const std::stop_token& stop) {
  const Inputs inputs = TRY(inputs_.read(request, stop));
  const Manifest manifest = manifest_of(request, inputs);
  if (std::optional<Built> known =
          lookup_bundle(manifest, inputs, request, content_digests(), progress)) {
    return *std::move(known);
  }
  Call call(request, inputs, progress, stop);
  Result<Built> built = build_anew(request, inputs, call);
  if (!built && built.error().kind == ErrorKind::evicted) {
    call.progress.on(CacheWarning{
        {.severity = Severity::warning,
         .message = "an intermediate result was evicted; building without the cache"}});
    call.use_cache = false;
    built = build_anew(request, inputs, call);
  }
  const StageManifests previous = report_stages(call);
  if (!built) return built;
  remember(manifest, inputs, request, built.value(), previous, call);
  for (auto& [digest, blob] : call.made) built.value().intermediates.push_back(std::move(blob));
  return built;
}

std::optional<Built> Pipeline::lookup(const Request& request, Progress& progress) {
  const std::optional<Inputs> inputs = inputs_.lookup(request);
  if (!inputs) return std::nullopt;
  const DigestOf digest_of = [&](const std::filesystem::path& file) {
    return inputs_.cached_content_digest(file);
  };
  return lookup_bundle(manifest_of(request, *inputs), *inputs, request, digest_of, progress);
}

Result<Built> Pipeline::build_anew(const Request& request, const Inputs& inputs, Call& call) {
  call.warnings.clear();
  call.files.clear();
  call.seen.clear();
  Scripts scripts;
  const Digest object = TRY(run_stages(request, inputs, call, scripts));
  Built built{object, TRY(take(object, call)), inputs.files};
  for (const auto& script : {scripts.a, scripts.b}) {
    if (!script) continue;
    call.files.insert(call.files.end(), script->files.begin(), script->files.end());
  }
  std::ranges::sort(call.files);
  call.files.erase(std::unique(call.files.begin(), call.files.end()), call.files.end());
  add_existing(built.inputs, call.files, request.directory);
  return built;
}

// The recipe. Only digests travel from stage to stage; the bytes stay in the store.
Result<Digest> Pipeline::run_stages(const Request& request, const Inputs& inputs, Call& call,
                                    Scripts& scripts) {
  scripts = TRY(run_scripts(request, inputs, call));
  const PartialLink partial(inputs.linker, *inputs.target, inputs.objects);
  const Result<Digest> joined = step(partial, call);
  if (!joined) return explain_partial_failure(joined.error(), inputs);
  Recipe recipe{inputs.linker, *inputs.target, request.spec, joined.value(), {}, {}};
  if (scripts.a) recipe.script_a = scripts.a->digest;
  if (scripts.b) recipe.script_b = scripts.b->digest;

  const LayoutLink link_a(Layout::a, recipe);
  const LayoutLink link_b(Layout::b, recipe);
  auto side = std::async(std::launch::async, [&] { return step(link_b, call); });
  const Result<Digest> layout_a = step(link_a, call);
  const Result<Digest> layout_b = side.get();
  const auto explained = [&](const Result<Digest>& failed) {
    return explain_failure(failed.error(), recipe, inputs, failure_context(call));
  };
  if (!layout_a) return explained(layout_a);
  if (!layout_b) return explained(layout_b);

  const CombineStage combine(recipe, layout_a.value(), layout_b.value());
  const Result<Digest> bundle = step(combine, call);
  if (!bundle) return explained(bundle);
  const Digest emitted = TRY(step(EmitStage(request.spec, bundle.value()), call));
  if (request.spec.verify == Verify::relink) TRY(relink(recipe, bundle.value(), call));
  return emitted;
}

// Whether the object, linked at a third place, is what its inputs are there.
Result<void> Pipeline::relink(const Recipe& recipe, const Digest& bundle, Call& call) {
  const Result<Digest> layout_c = step(LayoutLink(Layout::c, recipe), call);
  if (!layout_c) {
    return explain_failure(layout_c.error(), recipe, call.inputs, failure_context(call));
  }
  TRY(step(RelinkStage(recipe, layout_c.value(), bundle), call));
  return {};
}

// What is at hand when a build has failed; the call outlives it.
FailureContext Pipeline::failure_context(Call& call) {
  return {[this, &call](const Digest& digest) { return take(digest, call); },
          [this, &call] {
            const ScriptStage::Source source = script_source(call.request, call.inputs);
            StageContext context([](const Digest&) { return nothing_to_take(); }, executor_,
                                 call.stop);
            return ScriptStage(Layout::a, source).read(context);
          }};
}

Result<Pipeline::Scripts> Pipeline::run_scripts(const Request& request, const Inputs& inputs,
                                                Call& call) {
  Scripts scripts;
  if (!inputs.script) return scripts;
  const ScriptStage::Source source = script_source(request, inputs);
  scripts.a = TRY(script_step(ScriptStage(Layout::a, source), call));
  scripts.b = TRY(script_step(ScriptStage(Layout::b, source), call));
  return scripts;
}

// As step(), for a stage whose inputs show only when it runs.
Result<Pipeline::Scripted> Pipeline::script_step(const ScriptStage& stage, Call& call) {
  const auto start = Clock::now();
  const Manifest manifest = cbundle::manifest_of(stage);
  const Made made =
      TRY(share(manifest.key(), call, [&] { return lookup_or_run_script(stage, manifest, call); }));
  finish(stage.kind(), manifest, made, start, call);
  for (const auto& [file, digest] : made.seen) {
    if (call.seen.try_emplace(file, digest).first->second != digest) return changed(file);
  }
  const Blob bytes = TRY(take(made.entry.output, call));
  return Scripted{made.entry.output, TRY(unpack_script(bytes.text())).files};
}

Result<Pipeline::Made> Pipeline::lookup_or_run_script(const ScriptStage& stage,
                                                      const Manifest& manifest, Call& call) {
  for (const DependencyList& list : load_lists(manifest, call.progress)) {
    Made made;
    const auto key =
        key_with(manifest, list, stage.directory(), noting(content_digests(), made.seen));
    if (!call.use_cache || !key) break;
    if (const std::optional<Entry> known = find(*key, call.progress)) {
      made.entry = *known;
      return made;
    }
  }
  return run_script(stage, manifest, call);
}

// Which files a script includes is known once they have been read. If one of them may have changed
// meanwhile, the script is read again: what holds the same before and after is what was read.
Result<Pipeline::Made> Pipeline::run_script(const ScriptStage& stage, const Manifest& manifest,
                                            Call& call) {
  constexpr int max_runs = 4;
  SeenDigests before;
  for (int run = 1;; ++run) {
    const auto start = std::chrono::system_clock::now();
    StageContext context([](const Digest&) { return nothing_to_take(); }, executor_, call.stop);
    const Blob blob = TRY(stage.run(context));
    Made made{entry_of(blob, context.packed_warnings()), blob, Outcome::ran};
    const DependencyList files = TRY(unpack_script(blob.text())).files;
    const auto key =
        key_with(manifest, files, stage.directory(), noting(content_digests(), made.seen));
    const auto unsettled = changed_since(start, files, stage.directory());
    if (!unsettled || made.seen == before) {
      if (key) keep(*key, made.entry, blob, call.progress);
      keep_list(manifest, files, call.progress);
      return made;
    }
    if (run == max_runs) return changed(stage.directory() / *unsettled);
    before = std::move(made.seen);
  }
}

// All caching is here: one stage, found in the cache or run, by us or by whoever is at it already.
Result<Digest> Pipeline::step(const Stage& stage, Call& call) {
  const auto start = Clock::now();
  const Manifest manifest = cbundle::manifest_of(stage);
  const StageKey key = manifest.key();
  const Made made = TRY(share(key, call, [&] { return lookup_or_run(stage, key, call); }));
  finish(stage.kind(), manifest, made, start, call);
  return made.entry.output;
}

Result<Pipeline::Made> Pipeline::share(const StageKey& key, Call& call,
                                       const std::function<Result<Made>()>& work) {
  if (call.stop.stop_requested()) return cancelled();
  auto landed =
      flights_.once(key, call.stop, work, [](const Result<Made>& made) { return gave_up(made); });
  if (!landed) return cancelled();
  Made made = TRY(std::move(landed->value));
  if (landed->shared) made.outcome = Outcome::shared;
  if (made.blob) {
    const std::lock_guard lock(call.mutex);
    call.made.insert_or_assign(made.entry.output, *made.blob);
  }
  return made;
}

Result<Pipeline::Made> Pipeline::lookup_or_run(const Stage& stage, const StageKey& key,
                                               Call& call) {
  if (call.use_cache) {
    if (std::optional<Entry> known = find(key, call.progress))
      return Made{*known, {}, Outcome::hit};
  }
  return run(stage, key, call);
}

Result<Pipeline::Made> Pipeline::run(const Stage& stage, const StageKey& key, Call& call) {
  StageContext context([&](const Digest& digest) { return take(digest, call); }, executor_,
                       call.stop);
  const Blob blob = TRY(stage.run(context));
  Made made{entry_of(blob, context.packed_warnings()), blob, Outcome::ran};
  keep(key, made.entry, blob, call.progress);
  return made;
}

// An earlier stage's output: made by this build, or kept by another.
Result<Blob> Pipeline::take(const Digest& digest, Call& call) {
  {
    const std::lock_guard lock(call.mutex);
    const auto made = call.made.find(digest);
    if (made != call.made.end()) return made->second;
  }
  if (std::optional<Blob> kept = load(digest, call.progress)) return *std::move(kept);
  return Error{ErrorKind::evicted, digest.hex()};
}

void Pipeline::finish(StageKind stage, const Manifest& manifest, const Made& made,
                      Clock::time_point start, Call& call) {
  {
    const std::lock_guard lock(call.mutex);
    call.manifests[stage] = manifest.fields();
    for (Diagnostic& w : unpack_diagnostics(made.entry.warnings))
      call.warnings.push_back(std::move(w));
    call.finished.push_back({stage, made.outcome, since(start), {}});
  }
  store_.count("stage." + std::string(name_of(stage)) + "." + std::string(name_of(made.outcome)));
  if (!made.entry.warnings.empty()) {
    report_warnings(made.entry, call.inputs, call.progress);
  }
}

// At the end, as reasons take a look into the store for the output's previous build, 0.2 ms that no
// linker should wait for. Returns what that build's stages depended on.
StageManifests Pipeline::report_stages(Call& call) {
  StageManifests previous;
  const auto ran = [](const StageFinished& stage) { return stage.outcome != Outcome::hit; };
  if (std::ranges::any_of(call.finished, ran)) {
    const auto kept =
        load_kept(previous_build_key(call.request.directory / call.request.output), call.progress);
    if (kept) previous = unpack_manifests(kept->text());
  }
  for (StageFinished& stage : call.finished) {
    if (ran(stage)) {
      stage.reason =
          reason_to_run(stage.stage, call.manifests[stage.stage], previous, call.inputs.names);
    }
    call.progress.on(std::move(stage));
  }
  return previous;
}

std::optional<Built> Pipeline::lookup_bundle(const Manifest& manifest, const Inputs& inputs,
                                             const Request& request, const DigestOf& digest_of,
                                             Progress& progress) {
  if (!inputs.script) return find_bundle(manifest.key(), inputs, progress);
  for (const DependencyList& list : load_lists(manifest, progress)) {
    const auto key = key_with(manifest, list, request.directory, digest_of);
    std::optional<Built> built = key ? find_bundle(*key, inputs, progress) : std::nullopt;
    if (!built) continue;
    add_existing(built->inputs, list, request.directory);
    return built;
  }
  return std::nullopt;
}

std::optional<Built> Pipeline::find_bundle(const StageKey& key, const Inputs& inputs,
                                           Progress& progress) {
  const auto start = Clock::now();
  const std::optional<Entry> entry = find(key, progress);
  if (!entry) return std::nullopt;
  std::optional<Blob> object = load(entry->output, progress);
  if (!object) return std::nullopt;
  store_.count("stage.bundle.hit");
  report_warnings(*entry, inputs, progress);
  progress.on(StageFinished{StageKind::bundle, Outcome::hit, since(start), {}});
  return Built{entry->output, *std::move(object), inputs.files};
}

// After a build that was no full hit: the bundle's own record, and why the next build's stages
// will have to run.
void Pipeline::remember(const Manifest& manifest, const Inputs& inputs, const Request& request,
                        const Built& built, const StageManifests& previous, Call& call) {
  const Entry entry{built.digest, call.warnings.empty() ? std::string() : pack(call.warnings)};
  if (!inputs.script) {
    keep(manifest.key(), entry, built.object, call.progress);
  } else {
    const auto key = key_with(manifest, call.files, request.directory, seen_digests(call));
    keep_list(manifest, call.files, call.progress);
    if (key) keep(*key, entry, built.object, call.progress);
  }
  if (previous != call.manifests) {
    const Blob manifests(pack(call.manifests));
    keep(previous_build_key(request.directory / request.output), entry_of(manifests), manifests,
         call.progress);
  }
}

DigestOf Pipeline::content_digests() {
  return [this](const std::filesystem::path& file) {
    return std::optional(inputs_.content_digest(file));
  };
}

// Of files as they were when the scripts were read.
DigestOf Pipeline::seen_digests(const Call& call) {
  return [&call](const std::filesystem::path& file) {
    const auto found = call.seen.find(file);
    return found == call.seen.end() ? std::nullopt : std::optional(found->second);
  };
}

std::vector<DependencyList> Pipeline::load_lists(const Manifest& manifest, Progress& progress) {
  const std::optional<Blob> kept = load_kept(lists_key(manifest), progress);
  return kept ? unpack_lists(kept->text()) : std::vector<DependencyList>();
}

void Pipeline::keep_list(const Manifest& manifest, const DependencyList& files,
                         Progress& progress) {
  const Blob packed(pack_lists(with_list(load_lists(manifest, progress), files)));
  keep(lists_key(manifest), entry_of(packed), packed, progress);
}

std::optional<Entry> Pipeline::find(const StageKey& key, Progress& progress) {
  Result<std::optional<Entry>> entry = store_.find(key);
  if (entry) return std::move(entry).value();
  warn_of_cache(entry.error(), progress);
  return std::nullopt;
}

std::optional<Blob> Pipeline::load(const Digest& digest, Progress& progress) {
  Result<std::optional<Blob>> blob = store_.load(digest);
  if (blob) return std::move(blob).value();
  warn_of_cache(blob.error(), progress);
  return std::nullopt;
}

std::optional<Blob> Pipeline::load_kept(const StageKey& key, Progress& progress) {
  const std::optional<Entry> entry = find(key, progress);
  return entry ? load(entry->output, progress) : std::nullopt;
}

void Pipeline::keep(const StageKey& key, const Entry& entry, const Blob& blob, Progress& progress) {
  const Result<void> kept = store_.put(key, entry, blob);
  if (!kept) warn_of_cache(kept.error(), progress);
}

}  // namespace cbundle
