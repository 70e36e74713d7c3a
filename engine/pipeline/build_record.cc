#include "engine/pipeline/build_record.h"

#include "engine/base/pack.h"

namespace cbundle {
// Found by Packer and Unpacker through their arguments' namespace, so not in an unnamed one.
Packer& operator<<(Packer& out, const BuildRecord::File& file) {
  return out << file.name << file.digest.raw();
}
Unpacker& operator>>(Unpacker& in, BuildRecord::File& file) {
  std::string raw;
  in >> file.name >> raw;
  if (const auto digest = Digest::from_bytes(raw)) file.digest = *digest;
  return in;
}

Packer& operator<<(Packer& out, const StageFinished& stage) {
  return out << stage.stage << stage.outcome << stage.took.count() << stage.reason;
}
Unpacker& operator>>(Unpacker& in, StageFinished& stage) {
  std::int64_t took = 0;
  in >> stage.stage >> stage.outcome >> took >> stage.reason;
  stage.took = std::chrono::microseconds(took);
  return in;
}

Packer& operator<<(Packer& out, const BuildRecord& r) {
  out << r.directory << r.inputs << r.objects << r.scripts << r.tools << r.is_private << r.ended
      << r.took << r.stages << std::vector(r.manifests.begin(), r.manifests.end());
  return out << r.made << r.repeats << r.last_repeat;
}
Unpacker& operator>>(Unpacker& in, BuildRecord& r) {
  std::vector<std::pair<StageKind, std::vector<Manifest::Field>>> manifests;
  in >> r.directory >> r.inputs >> r.objects >> r.scripts >> r.tools >> r.is_private >> r.ended >>
      r.took >> r.stages >> manifests >> r.made >> r.repeats >> r.last_repeat;
  r.manifests = {manifests.begin(), manifests.end()};
  return in;
}

bool has_same_inputs(const BuildRecord& a, const BuildRecord& b) {
  return a.inputs == b.inputs && a.objects == b.objects && a.scripts == b.scripts;
}

BuildRecord record_of(const Request& request, const Inputs& inputs, const Manifest& manifest,
                      const FileDigests& included) {
  BuildRecord record;
  record.directory = request.directory.native();
  record.inputs = manifest.fields();
  for (std::size_t i = 0; i < inputs.objects.size(); ++i) {
    record.objects.push_back({inputs.names[i], inputs.objects[i].digest});
  }
  record.tools.emplace_back("linker", inputs.linker.program.native());
  if (inputs.preprocessor) {
    record.tools.emplace_back("preprocessor", inputs.preprocessor->program.native());
  }
  if (!inputs.script) return record;
  record.scripts.push_back({request.script.native(), inputs.script->digest});
  const KeyNames names(inputs.script->file.path, request.directory);
  for (const auto& [file, digest] : included) {
    if (file.is_sought) continue;  // what appears there is read, and new, the next time
    const std::string name = names.shown(file.name);
    const bool is_script = request.directory / name == request.directory / request.script;
    if (!is_script) record.scripts.push_back({name, digest});
  }
  return record;
}

std::string pack(const std::vector<BuildRecord>& records) {
  Packer out;
  out << records;
  return out.take();
}

std::vector<BuildRecord> unpack_records(std::string_view bytes) {
  Unpacker in(bytes);
  std::vector<BuildRecord> records;
  in >> records;
  if (!in.good()) records.clear();
  return records;
}

}  // namespace cbundle
