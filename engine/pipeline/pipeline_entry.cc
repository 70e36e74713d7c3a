// The pipeline's public methods: what surrounds the parameters in pipeline.cc.
#include <sys/stat.h>

#include <ctime>
#include <set>
#include <unordered_map>

#include "engine/pipeline/outputs.h"
#include "engine/pipeline/pipeline.h"
#include "engine/stage/layout_link.h"

namespace cbundle {
namespace {

KeyNames names_of(const Request& request) {
  const bool has_script = !request.script.empty();
  return {has_script ? request.directory / request.script : std::filesystem::path(),
          request.directory};
}

// All that a bundle depends on, except files that a script includes.
Manifest bundle_manifest(const Request& request, const Inputs& inputs) {
  const Spec& spec = request.spec;
  Manifest manifest;
  manifest.field("stage", name_of(StageKind::bundle));
  manifest.field("algorithm", "7");
  manifest.field("machine", inputs.target->name);
  manifest.field("linker", inputs.linker.identity);
  for (const Input& object : inputs.objects) manifest.field("object", object.digest);
  if (inputs.script) {
    const KeyNames names(inputs.script->file.path, request.directory);
    manifest.field("script", inputs.script->digest);
    manifest.field("script's name", names.name(names.marked_script()));
  }
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

// Tells one file by two names: by its directory, as the kernel finds it, and its own name there. A
// link is not the file that it leads to: it may be set to another.
class NamesOnce {
 public:
  // Whether it is the first name of that file.
  bool insert(const std::filesystem::path& path) {
    const std::string directory = path.parent_path().native();
    const auto [known, is_new] = directories_.try_emplace(directory);
    struct stat info {};
    if (is_new && ::stat((directory + "/").c_str(), &info) == 0) {
      known->second = {info.st_dev, info.st_ino};
    }
    return names_.insert({known->second, path.filename().native()}).second;
  }

 private:
  using Directory = std::pair<std::uint64_t, std::uint64_t>;  // device and inode
  std::unordered_map<std::string, Directory> directories_;
  std::set<std::pair<Directory, std::string>> names_;
};

// Every file that was read, as the caller wrote it, each once.
std::vector<std::filesystem::path> files_read(const Request& request, const Inputs& inputs,
                                              const KeyNames& names, const FileDigests& included) {
  std::vector<std::filesystem::path> files;
  NamesOnce once;
  const auto add = [&](const std::filesystem::path& file) {
    if (once.insert(request.directory / file)) files.push_back(file);
  };
  for (const std::filesystem::path& file : inputs.files) add(file);
  for (const auto& [file, digest] : included) {  // not all of them exist
    std::error_code code;
    if (file.is_sought || !std::filesystem::exists(names.path(file.name), code)) continue;
    add(names.shown(file.name));
  }
  return files;
}

// For a client that perhaps sees other files by these names.
std::vector<std::filesystem::path> everything_used(const Request& request, const Inputs& inputs,
                                                   const DependencyLists& lists,
                                                   const FileDigests& included) {
  std::vector<std::filesystem::path> files;
  if (!request.wants_everything_used) return files;
  for (const auto& file : inputs.files) files.push_back(request.directory / file);
  for (const auto& [file, digest] : included) files.push_back(lists.names().path(file.name));
  const auto tools = lists.inputs().tool_files(inputs);
  files.insert(files.end(), tools.begin(), tools.end());
  return files;
}

// The record over all stages: the whole answer, reported as a hit, if nothing has changed.
std::optional<Built> find_bundle(const Manifest& manifest, const Request& request,
                                 const Inputs& inputs, const DependencyLists& lists,
                                 BuildCache& cache, Progress& progress, BuildHistory& history,
                                 BuildState::Clock::time_point start, Outcome outcome) {
  auto known = lists.find(manifest, inputs.script.has_value());
  if (!known) known = lists.find(with_contents(manifest, inputs), inputs.script.has_value());
  if (!known) return std::nullopt;
  std::optional<Blob> object = cache.load(known->entry.output);
  if (!object) return std::nullopt;
  cache.count("stage.bundle.hit");
  report_warnings(unpack_diagnostics(known->entry.warnings), inputs, progress);
  const auto took = time_since(start);
  progress.on(StageFinished{StageKind::bundle, outcome, took, {}});
  const ResultOrigin origin = origin_of(known->entry.warnings);
  cache.count_saved(origin.took);
  history.add_hit(request, inputs, manifest, known->included, took, origin);
  return Built{known->entry.output, *std::move(object),
               files_read(request, inputs, lists.names(), known->included),
               everything_used(request, inputs, lists, known->included)};
}

}  // namespace

Result<Built> Pipeline::run_stages_despite_eviction(BuildState& build) {
  Result<Built> built = run_stages(build);
  if (built || built.error().kind != ErrorKind::evicted) return built;
  build.progress.on(CacheWarning{
      {.severity = Severity::warning,
       .message = "an intermediate result was evicted during a build, which ran all stages again",
       .hint = "raise max_size, so that the cache holds what is built at the same time"},
      "evicted-during-build"});
  build.cache.ignore_entries();
  build.restart();
  return run_stages(build);
}

Result<Built> Pipeline::build(const Request& request, Progress& progress,
                              const std::stop_token& stop) {
  const auto start = BuildState::Clock::now();
  const Inputs inputs = TRY(inputs_.read(request, &stop));
  BuildCache cache(store_, progress);
  if (const std::uint64_t young = inputs_.take_young()) cache.count("input.young", young);
  const DependencyLists lists(cache, inputs_, names_of(request), true);
  const Manifest manifest = bundle_manifest(request, inputs);
  const RemoteResults remote(remote_, lists, inputs, cache, stop);
  const bool has_script = inputs.script.has_value();
  const auto find = [&, look_up = BuildState::Clock::now()](Outcome outcome) {
    return find_bundle(manifest, request, inputs, lists, cache, progress, history_, look_up,
                       outcome);
  };
  auto known = find(Outcome::hit);
  if (!known && remote.find(StageKind::bundle, manifest, has_script, true)) {
    known = find(Outcome::remote);  // it is in the store now
  }
  if (known) {
    TRY(require_no_output_is_input(request, known->inputs));
    return *std::move(known);
  }

  BuildState build(request, inputs, lists, remote, cache, progress, executor_, stop);
  Result<Built> built = run_stages_despite_eviction(build);
  BuildRecord record = record_of(request, inputs, manifest, build.included());
  BuildHistory::Records last = build.report_stages(history_, record);
  if (!built) return built;
  const Diagnostics& warnings = build.warnings();
  record.ended = std::time(nullptr);
  record.took = static_cast<std::uint64_t>(time_since(start).count());
  const Entry entry{built.value().digest,
                    with_origin(pack(warnings), {record.ended, build.work()})};
  if (!build.is_kept()) {
    cache.count("build.not_kept");
  } else {
    lists.put(build.has_linker_warnings() ? with_contents(manifest, inputs) : manifest,
              build.included(), entry, built.value().object);
    remote.put(StageKind::bundle, manifest, has_script, build.has_linker_warnings(),
               {entry, built.value().object, Outcome::ran, build.included(), {}});
  }
  const std::optional<BuildRecord> previous =
      last.empty() ? std::nullopt : std::optional(last.front());
  history_.add(request, std::move(last), record, cache);
  built.value().inputs = files_read(request, inputs, lists.names(), build.included());
  built.value().everything_used = everything_used(request, inputs, lists, build.included());
  TRY(require_no_output_is_input(request, built.value().inputs));
  built.value().intermediates = build.take_outputs();
  built.value().keep_contents = [this, record = std::move(record), previous] {
    history_.keep_contents(record, previous ? &*previous : nullptr);
  };
  return built;
}

std::optional<Built> Pipeline::lookup(const Request& request, Progress& progress) {
  const Result<Inputs> inputs = inputs_.read(request, nullptr);
  if (!inputs) return std::nullopt;
  BuildCache cache(store_, progress);
  const DependencyLists lists(cache, inputs_, names_of(request), false);
  const Manifest manifest = bundle_manifest(request, inputs.value());
  auto known = find_bundle(manifest, request, inputs.value(), lists, cache, progress, history_,
                           BuildState::Clock::now(), Outcome::hit);
  // build() then says so.
  if (known && !require_no_output_is_input(request, known->inputs)) known.reset();
  return known;
}

}  // namespace cbundle
