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
  ScriptReader(StageContext& context, KeyNames names)
      : context_(context), names_(std::move(names)) {}

  Result<std::optional<std::string>> operator()(const fs::path& path) {
    std::error_code code;
    std::optional<std::string> content;
    if (fs::exists(path, code)) content = TRY(read_file(path));
    context_.add_file_read(names_.name(path), content ? Digest::of(*content) : digest_of_absent());
    return content;
  }

 private:
  StageContext& context_;
  KeyNames names_;
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

void ScriptStage::describe(Manifest& manifest) const {
  manifest.field("algorithm", "5");
  manifest.field("script", source_.file.digest);
  // Names in the script are relative to where it is.
  manifest.field("script's name", names().name(names().marked_script()));
  if (!source_.preprocessor) return;  // both layouts see the same
  manifest.field("preprocessor", source_.preprocessor->identity);
  manifest.field("layout", layout_ == Layout::a ? "a" : "b");
  for (const std::string& define : source_.defines) manifest.field("define", define);
}

// Another checkout's build that replays a warning shows its own files' names.
Diagnostics ScriptStage::with_names_in_keys(Diagnostics diagnostics) const {
  const std::string mark = names().mark();
  for (Diagnostic& d : diagnostics) {
    if (!d.file.empty()) d.file = names().name(d.file);
    d.message = replaced(d.message, mark, "");
  }
  return diagnostics;
}

Result<Script> ScriptStage::read(StageContext& context) const {
  Result<Script> script = source_.preprocessor
                              ? read_template(context)
                              : read_script(names().marked_script(), names().marked_directory(),
                                            ScriptReader(context, names()));
  if (script) return script;
  Diagnostics diagnostics = with_names_in_keys(script.error().diagnostics);
  const std::string marked = names().marked_directory().native();
  for (Diagnostic& d : diagnostics) {
    d.file = names().shown(d.file);
    d.message = replaced(d.message, marked, source_.directory.native());
  }
  return Error{script.error().kind, std::move(diagnostics)};
}

Result<Script> ScriptStage::read_template(StageContext& context) const {
  const fs::path directory = TRY(context.directory());
  const Preprocessing call{names().marked_script(), "script.lds", "script.d", source_.defines,
                           names().mark()};
  const fs::path& program = source_.preprocessor->program;
  Exit exit = TRY(context.execute(program, preprocessor_arguments(call, layout_)));
  const SearchPath search = take_search_path(exit.output);
  Diagnostics printed = TRY(StageContext::messages(program, exit));
  context.warn(with_names_in_keys(std::move(printed)));
  const std::string text = TRY(read_file(directory / call.output));
  const std::string rule = TRY(read_file(directory / call.dependencies));
  TRY(add_files(files_of_rule(rule), search, context));
  return parse_script(text, names().marked_script(), names().marked_directory(),
                      ScriptReader(context, names()));
}

// What the preprocessor has read, and where it has looked for it.
Result<void> ScriptStage::add_files(const std::vector<fs::path>& files, const SearchPath& search,
                                    StageContext& context) const {
  for (const fs::path& file : files) {
    context.add_file({names().name(file)});
  }
  const NamesSearched searched = TRY(names_searched(files, source_.defines, search));
  for (const fs::path& path : searched.names) {
    const std::string name = names().name(path);
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
