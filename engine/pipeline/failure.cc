#include "engine/pipeline/failure.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/bundle/check/object_checker.h"
#include "engine/pipeline/double_definition.h"
#include "engine/pipeline/linker_diagnostics.h"
#include "engine/pipeline/locator.h"
#include "engine/script/layout.h"
#include "engine/stage/partial_link.h"

namespace cbundle {
namespace {

void shorten(Diagnostics& diagnostics) {
  if (diagnostics.size() <= max_shown) return;
  const std::size_t rest = diagnostics.size() - max_shown;
  diagnostics.resize(max_shown);
  diagnostics.push_back(
      {.severity = Severity::note,
       .message = std::to_string(rest) + (rest == 1 ? " more error" : " more errors")});
}

bool has_place(const Diagnostic& d) { return d.place.has_value() || d.subject != 0; }

// By the partial object. A failure here leaves the error as it is.
Result<void> explain_by_object(Error& error, const LinkParameters& parameters, BuildState& build) {
  const bool is_link = error.kind == ErrorKind::tool_failed;
  if (!is_link && std::ranges::none_of(error.diagnostics, has_place)) return {};
  const Blob bytes = TRY(build.load(parameters.partial));
  const ElfFile partial = TRY(ElfFile::parse(bytes));
  if (is_link) {
    const Script script = TRY(load_script(parameters.script_a, build.new_context().load));
    Diagnostics found = check_object(partial, parameters.target, parameters.spec,
                                     all_imports(parameters.spec, script), script.text)
                            .problems;
    if (found.empty()) found = diagnose_linker_output(error.diagnostics, partial);
    if (found.empty()) return {};
    error = {ErrorKind::bad_input, std::move(found)};
  }
  shorten(error.diagnostics);
  const Locator locator(partial, build.inputs);
  for (Diagnostic& d : error.diagnostics) locator.locate(d);
  return {};
}

// What GNU ld 2.40 cannot do in a line of the script, and calls a syntax error; empty: not known.
std::string hint_for_line(const Script& script, const SourceLocation& location) {
  for (const LinkerIncompatibility& each : script.incompatibilities) {
    if (!each.gnu.empty() && script.locations[each.line] == location) return each.gnu;
  }
  return {};
}

// "layout.lds:14", in the linker's messages, becomes a line of the user's script.
void use_script_lines(Diagnostics& diagnostics, const LinkParameters& parameters,
                      BuildState& build) {
  const bool has_lines = std::ranges::any_of(diagnostics, [](const Diagnostic& d) {
    return d.file == layout_script_name || d.message.find(layout_script_name) != d.message.npos;
  });
  if (!parameters.script_a || !has_lines) return;
  const ScriptStage::Source source = script_source(build.request, build.inputs);
  StageContext context = build.new_context();
  Result<Script> script = ScriptStage(Layout::a, source).read(context);
  if (!script) return;
  const KeyNames& names = build.lists.names();
  for (SourceLocation& l : script.value().locations) l.file = names.shown(names.name(l.file));
  LayoutPlacement placement;
  placement.imports.resize(parameters.spec.imports.size() + script.value().imports.size());
  const std::vector<SourceLocation> lines = layout_script(script.value(), placement).locations;
  for (Diagnostic& d : diagnostics) {
    d.message = with_source_locations(d.message, layout_script_name, lines);
    const bool is_known = d.file == layout_script_name && d.line > 0 && d.line <= lines.size() &&
                          !lines[d.line - 1].file.empty();
    if (!is_known) continue;
    const SourceLocation& location = lines[d.line - 1];
    if (d.message.starts_with("syntax error")) d.hint = hint_for_line(script.value(), location);
    d.file = path_in_build(location.file, build.inputs);
    d.line = location.line;
  }
}

}  // namespace

Diagnostic with_input_names(Diagnostic diagnostic, const Inputs& inputs) {
  if (inputs.script) {
    diagnostic.file = KeyNames(inputs.script->file.path, inputs.directory).shown(diagnostic.file);
  }
  for (std::size_t i = inputs.objects.size(); i-- > 0;) {  // in/12.o before in/1.o
    const std::string name = canonical_name(i, inputs.objects[i]);
    diagnostic.message = replaced(diagnostic.message, name, inputs.names[i]);
    diagnostic.object = replaced(diagnostic.object, name, inputs.names[i]);
  }
  return diagnostic;
}

Error explain_partial_failure(Error error, const Inputs& inputs) {
  if (error.kind != ErrorKind::tool_failed) return error;
  Diagnostics found = double_definitions(inputs);
  if (found.empty()) {
    for (Diagnostic& d : error.diagnostics) d = with_input_names(std::move(d), inputs);
  } else {
    error = {ErrorKind::bad_input, std::move(found)};
  }
  shorten(error.diagnostics);
  return error;
}

Error explain_failure(Error error, const LinkParameters& parameters, BuildState& build) {
  if (error.kind != ErrorKind::bad_input && error.kind != ErrorKind::tool_failed) return error;
  static_cast<void>(explain_by_object(error, parameters, build));
  use_script_lines(error.diagnostics, parameters, build);
  return error;
}

}  // namespace cbundle
