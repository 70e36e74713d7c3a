#include "engine/stage/script_stage.h"

#include <algorithm>

#include "engine/base/pack.h"
#include "engine/base/text.h"
#include "engine/script/template.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

Result<std::optional<std::string>> read_if_exists(const fs::path& path) {
  std::error_code code;
  if (!fs::exists(path, code)) return std::optional<std::string>();
  return std::optional(TRY(read_file(path)));
}

}  // namespace

Packer& operator<<(Packer& out, const LinkerIncompatibility& i) {
  return out << i.lld << i.gnu << i.hint << i.line;
}
Unpacker& operator>>(Unpacker& in, LinkerIncompatibility& i) {
  return in >> i.lld >> i.gnu >> i.hint >> i.line;
}

std::string pack(const Script& script) {
  Packer out;
  out << script.text << script.alignment << script.has_memory << script.has_phdrs;
  out << script.sections << script.incompatibilities << script.imports.size();
  for (const auto& import : script.imports) out << import.name;
  return out.take();
}

Result<Script> unpack_script(std::string_view bytes) {
  Unpacker in(bytes);
  Script script;
  in >> script.text >> script.alignment >> script.has_memory >> script.has_phdrs;
  in >> script.sections >> script.incompatibilities;
  script.imports.resize(in.count(8));
  for (auto& import : script.imports) in >> import.name;
  if (!in.good()) return Error{ErrorKind::corrupt, "a script in the cache is truncated"};
  return script;
}

std::string name_in_keys(const fs::path& file, const fs::path& directory) {
  const std::string prefix = (directory / "").native();
  const std::string& path = file.native();
  return path.starts_with(prefix) ? path.substr(prefix.size()) : path;
}

void ScriptStage::describe(Manifest& manifest) const {
  manifest.field("algorithm", "4");
  manifest.field("script", source_.file.digest);
  // Names in the script are relative to where it is.
  manifest.field("script's name", name_in_keys(source_.file.file.path, source_.directory));
  if (!source_.preprocessor) return;  // both layouts see the same
  manifest.field("preprocessor", source_.preprocessor->identity);
  manifest.field("layout", layout_ == Layout::a ? "a" : "b");
  for (const std::string& define : source_.defines) manifest.field("define", define);
}

// Another checkout's build that replays a warning shows its own files' names.
Diagnostics ScriptStage::with_names_in_keys(Diagnostics diagnostics) const {
  for (Diagnostic& d : diagnostics) {
    if (!d.file.empty()) d.file = name_in_keys(d.file, source_.directory);
  }
  return diagnostics;
}

Result<Script> ScriptStage::read(StageContext& context) const {
  Result<Script> script =
      source_.preprocessor ? read_template(context)
                           : read_script(source_.file.file.path, source_.directory, read_if_exists);
  if (script) return script;
  return Error{script.error().kind, with_names_in_keys(script.error().diagnostics)};
}

Result<Script> ScriptStage::read_template(StageContext& context) const {
  const fs::path directory = TRY(context.directory());
  const Preprocessing call{source_.file.file.path, "script.lds", "script.d", source_.defines};
  context.warn(with_names_in_keys(
      TRY(context.run(source_.preprocessor->program, preprocessor_arguments(call, layout_)))));
  const std::string text = TRY(read_file(directory / call.output));
  Script script =
      TRY(parse_script(text, source_.file.file.path, source_.directory, read_if_exists));
  const std::string rule = TRY(read_file(directory / call.dependencies));
  for (const fs::path& file : files_of_rule(rule)) script.dependencies.push_back({file, true});
  return script;
}

Result<Blob> ScriptStage::run(StageContext& context) const {
  const Script script = TRY(read(context));
  TRY(require_unchanged({source_.file}));
  for (const Dependency& dependency : script.dependencies) {
    context.add_file_read(name_in_keys(dependency.path, source_.directory));
  }
  return Blob(pack(script));
}

}  // namespace cbundle
