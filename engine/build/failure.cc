#include "engine/build/failure.h"

#include "engine/base/text.h"
#include "engine/build/locator.h"
#include "engine/bundle/survey.h"
#include "engine/stage/partial_link.h"

namespace cbundle {
namespace {

// The survey's words; empty where it finds nothing wrong.
Result<std::string> survey_words(const Recipe& recipe, const Inputs& inputs,
                                 const std::function<Result<Blob>(const Digest&)>& take) {
  const Blob bytes = TRY(take(recipe.partial));
  const ElfFile partial = TRY(ElfFile::parse(bytes));
  ScriptText script;
  if (recipe.script_a) {
    const Blob packed = TRY(take(*recipe.script_a));
    script = TRY(unpack_script(packed.text()));
  }
  const Survey found = survey(partial, recipe.target, recipe.spec,
                              all_imports(recipe.spec, script), script.text);
  if (found.problems.empty()) return std::string();
  const Locator locator(partial, inputs);
  return render(found.problems, [&](const Spot& spot) { return locator.place_of(spot); });
}

}  // namespace

std::string with_input_names(std::string_view words, const Inputs& inputs) {
  std::string text(words);
  for (std::size_t i = inputs.objects.size(); i-- > 0;) {  // in/12.o before in/1.o
    text = replaced(text, canonical_name(i, inputs.objects[i]), inputs.names[i]);
  }
  return text;
}

Error explain_failure(const Error& error, const Recipe& recipe, const Inputs& inputs,
                      const std::function<Result<Blob>(const Digest&)>& take) {
  if (error.kind != ErrorKind::bad_input && error.kind != ErrorKind::tool_failed) return error;
  const Result<std::string> words = survey_words(recipe, inputs, take);
  if (words && !words.value().empty()) return {ErrorKind::bad_input, words.value()};
  return {error.kind, with_input_names(error.message, inputs)};
}

}  // namespace cbundle
