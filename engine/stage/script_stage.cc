#include "engine/stage/script_stage.h"

#include <algorithm>

#include "engine/base/pack.h"
#include "engine/base/text.h"
#include "engine/script/include_search.h"
#include "engine/script/template.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

// Reads scripts, and remembers what was read or absent: nothing that changes later matters.
class ScriptReader {
 public:
  ScriptReader(StageContext& context, const fs::path& directory)
      : context_(context), directory_(directory) {}

  Result<std::optional<std::string>> operator()(const fs::path& path) {
    std::error_code code;
    std::optional<std::string> content;
    if (fs::exists(path, code)) content = TRY(read_file(path));
    context_.add_file_read(name_in_keys(path, directory_),
                           content ? Digest::of(*content) : digest_of_absent());
    return content;
  }

 private:
  StageContext& context_;
  const fs::path& directory_;
};

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
  manifest.field("script's name", name_in_keys(source_.file.path, source_.directory));
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
  Result<Script> script = source_.preprocessor
                              ? read_template(context)
                              : read_script(source_.file.path, source_.directory,
                                            ScriptReader(context, source_.directory));
  if (script) return script;
  return Error{script.error().kind, with_names_in_keys(script.error().diagnostics)};
}

Result<Script> ScriptStage::read_template(StageContext& context) const {
  const fs::path directory = TRY(context.directory());
  const Preprocessing call{source_.file.path, "script.lds", "script.d", source_.defines};
  const fs::path& program = source_.preprocessor->program;
  Exit exit = TRY(context.execute(program, preprocessor_arguments(call, layout_)));
  const SearchPath search = take_search_path(exit.output);
  Diagnostics printed = TRY(StageContext::messages(program, exit));
  context.warn(with_names_in_keys(std::move(printed)));
  const std::string text = TRY(read_file(directory / call.output));
  const std::string rule = TRY(read_file(directory / call.dependencies));
  TRY(add_files(files_of_rule(rule), search, context));
  return parse_script(text, source_.file.path, source_.directory,
                      ScriptReader(context, source_.directory));
}

// What the preprocessor has read, and where it has looked for it.
Result<void> ScriptStage::add_files(const std::vector<fs::path>& files, const SearchPath& search,
                                    StageContext& context) const {
  for (const fs::path& file : files) {
    context.add_file({name_in_keys(file, source_.directory)});
  }
  const NamesSearched searched = TRY(names_searched(files, source_.defines, search));
  for (const fs::path& path : searched.names) {
    const std::string name = name_in_keys(path, source_.directory);
    if (!context.files().contains({name})) context.add_file({name, true});
  }
  if (!searched.unknown.empty()) context.do_not_keep(searched.unknown);
  return {};
}

Result<Blob> ScriptStage::run(StageContext& context) const {
  const Script script = TRY(read(context));
  TRY(require_unchanged({source_.file}));
  return Blob(pack(script));
}

}  // namespace cbundle
