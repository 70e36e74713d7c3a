#include "engine/pipeline/bundle_record.h"

#include <set>

#include "engine/stage/layout_link.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

Manifest manifest_of(const Request& request, const Inputs& inputs) {
  const Spec& spec = request.spec;
  Manifest manifest;
  manifest.field("stage", name_of(StageKind::bundle));
  manifest.field("algorithm", "5");
  manifest.field("machine", inputs.target->name);
  manifest.field("linker", inputs.linker.identity);
  for (const Input& object : inputs.objects) manifest.field("object", object.digest);
  if (inputs.script) {
    manifest.field("script", inputs.script->digest);
    manifest.field("script's name", name_in_keys(inputs.script->path, request.directory));
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

}  // namespace

BundleRecord::BundleRecord(const Request& request, const Inputs& inputs, BuildCache& cache,
                           DependencyLists::DigestOf digest_of)
    : request_(request),
      inputs_(inputs),
      cache_(cache),
      lists_(cache, request.directory, std::move(digest_of)),
      manifest_(manifest_of(request, inputs)) {}

std::optional<Built> BundleRecord::find(Progress& progress) const {
  const auto start = BuildState::Clock::now();
  StageResult known;
  if (inputs_.script) {
    std::optional<StageResult> found = lists_.find(manifest_);
    if (!found) return std::nullopt;
    known = *std::move(found);
  } else {
    const std::optional<Entry> entry = cache_.find(manifest_.key());
    if (!entry) return std::nullopt;
    known.entry = *entry;
  }
  std::optional<Blob> object = cache_.load(known.entry.output);
  if (!object) return std::nullopt;
  cache_.count("stage.bundle.hit");
  report_warnings(unpack_diagnostics(known.entry.warnings), inputs_, progress);
  const auto took = BuildState::Clock::now() - start;
  progress.on(StageFinished{StageKind::bundle,
                            Outcome::hit,
                            std::chrono::duration_cast<std::chrono::microseconds>(took),
                            {}});
  return Built{known.entry.output, *std::move(object),
               files_read(request_, inputs_, known.included)};
}

void BundleRecord::put(const Built& built, const BuildState& build) const {
  const Entry entry{built.digest,
                    build.warnings().empty() ? std::string() : pack(build.warnings())};
  if (inputs_.script) {
    lists_.put(manifest_, build.included(), entry, built.object);
  } else {
    cache_.put(manifest_.key(), entry, built.object);
  }
}

std::vector<fs::path> files_read(const Request& request, const Inputs& inputs,
                                 const FileDigests& included) {
  std::vector<fs::path> files;
  std::set<fs::path> known;
  const auto add = [&](const fs::path& file) {
    if (known.insert((request.directory / file).lexically_normal()).second) files.push_back(file);
  };
  for (const fs::path& file : inputs.files) add(file);
  for (const auto& [file, digest] : included) {  // those that were looked for in vain too
    std::error_code code;
    if (fs::exists(request.directory / file, code)) add(file);
  }
  return files;
}

}  // namespace cbundle
