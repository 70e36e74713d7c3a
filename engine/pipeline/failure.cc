#include "engine/pipeline/failure.h"

#include "engine/base/text.h"
#include "engine/bundle/object_checker.h"
#include "engine/pipeline/double_definition.h"
#include "engine/pipeline/linker_diagnostics.h"
#include "engine/pipeline/locator.h"
#include "engine/script/layout.h"
#include "engine/stage/filter_diagnostics.h"
#include "engine/stage/partial_link.h"

namespace cbundle {
namespace {

// Only so many are located, as each costs a look into debug information.
void shorten(Diagnostics& problems) {
  if (problems.size() <= max_shown) return;
  const std::string rest = std::to_string(problems.size() - max_shown);
  problems.resize(max_shown);
  problems.push_back({.severity = Severity::note, .message = rest + " more errors"});
}

// What the survey finds wrong, or else what we know of the linker's words, or what the combine
// found; empty for none of these.
Result<Diagnostics> problems_of(const Error& error, const Recipe& recipe, const Inputs& inputs,
                                const FailureContext& context) {
  const Blob bytes = TRY(context.load(recipe.partial));
  const ElfFile partial = TRY(ElfFile::parse(bytes));
  const Script script = TRY(load_script(recipe.script_a, context.load));
  Diagnostics problems = check_object(partial, recipe.target, recipe.spec,
                                      all_imports(recipe.spec, script), script.text)
                             .problems;
  if (problems.empty()) problems = problems_in_linker_diagnostics(error.text(), partial);
  if (problems.empty() && context.found) problems = context.found();
  if (problems.empty()) return problems;
  shorten(problems);
  const Locator locator(partial, inputs);
  for (Diagnostic& problem : problems) locator.locate(problem);
  return problems;
}

// Of what GNU ld 2.40 cannot do in this line, and calls a syntax error.
std::string hints(std::string_view words, const Script& script, const LayoutScript& layout) {
  std::string hints;
  for (const LinkerIncompatibility& demand : script.incompatibilities) {
    if (demand.gnu.empty()) continue;
    for (std::size_t line = 0; line < layout.locations.size(); ++line) {
      const std::string met =
          std::string(layout_script_name) + ":" + std::to_string(line + 1) + ": syntax error";
      const bool is_there = layout.locations[line] == script.locations[demand.line];
      if (is_there && words.find(met) != words.npos) hints += "\n  " + demand.gnu;
    }
  }
  return hints;
}

// "layout.lds:14" in the linker's words, back to a line of the user's script.
std::string with_script_lines(std::string words, const Recipe& recipe,
                              const FailureContext& context) {
  if (!recipe.script_a || words.find(layout_script_name) == words.npos) return words;
  const Result<Script> script = context.read_script();
  if (!script) return words;
  LayoutPlacement placement;
  placement.imports.resize(recipe.spec.imports.size() + script.value().imports.size());
  const LayoutScript layout = layout_script(script.value(), placement);
  while (words.ends_with('\n')) words.pop_back();
  return in_terms_of_source(words, layout_script_name, layout.locations) +
         hints(words, script.value(), layout);
}

}  // namespace

std::string with_input_names(std::string_view words, const Inputs& inputs) {
  std::string text(words);
  for (std::size_t i = inputs.objects.size(); i-- > 0;) {  // in/12.o before in/1.o
    text = replaced(text, canonical_name(i, inputs.objects[i]), inputs.names[i]);
  }
  return text;
}

Error explain_partial_failure(const Error& error, const Inputs& inputs) {
  if (error.kind != ErrorKind::tool_failed) return error;
  Diagnostics problems = double_definitions(inputs);
  if (!problems.empty()) return {ErrorKind::bad_input, std::move(problems)};
  return {error.kind, with_input_names(filter_diagnostics(error.text()), inputs)};
}

Error explain_failure(const Error& error, const Recipe& recipe, const Inputs& inputs,
                      const FailureContext& context) {
  if (error.kind != ErrorKind::bad_input && error.kind != ErrorKind::tool_failed) return error;
  Result<Diagnostics> problems = problems_of(error, recipe, inputs, context);
  if (problems && !problems.value().empty()) {
    return {ErrorKind::bad_input, std::move(problems).value()};
  }
  const std::string said = with_input_names(filter_diagnostics(error.text()), inputs);
  return {error.kind, with_script_lines(said, recipe, context)};
}

}  // namespace cbundle
