#include "engine/stage/combine_stage.h"

#include "engine/bundle/combine.h"
#include "engine/bundle/survey.h"

namespace cbundle {

void CombineStage::describe(Manifest& manifest) const {
  manifest.field("algorithm", "3");
  manifest.field("machine", recipe_.target.name);
  manifest.field("partial link", recipe_.partial);
  manifest.field("layout a", layout_a_);
  manifest.field("layout b", layout_b_);
  if (recipe_.script_a) manifest.field("script", *recipe_.script_a);
  manifest.field("mode", name_of(recipe_.spec.mode));
  describe_imports(recipe_.spec, manifest);
  for (const std::string& name : recipe_.spec.exports) manifest.field("export " + name, "");
}

Result<Blob> CombineStage::run(Workbench& bench) const {
  const Bundle bundle = TRY(combined(bench));  // the layouts are gone by now
  return Blob(pack(bundle));
}

Result<Bundle> CombineStage::combined(Workbench& bench) const {
  const Blob partial_bytes = TRY(bench.take(recipe_.partial));
  const ElfFile partial = TRY(ElfFile::parse(partial_bytes));
  const ScriptText script = TRY(script_text(recipe_.script_a, bench.taking()));
  const std::vector<Import> imports = all_imports(recipe_.spec, script);

  const Survey known = survey(partial, recipe_.target, recipe_.spec, imports, script.text);
  if (!known.problems.empty()) {
    return Error{ErrorKind::bad_input, render(known.problems, nullptr)};
  }
  bench.warn(render(known.warnings, nullptr));
  const Blob a_bytes = TRY(bench.take(layout_a_));
  const Blob b_bytes = TRY(bench.take(layout_b_));
  const ElfFile a = TRY(ElfFile::parse(a_bytes));
  const ElfFile b = TRY(ElfFile::parse(b_bytes));
  const LayoutPlan plan = plan_layouts(partial, recipe_.target, script.alignment);
  Combined combined = combine({partial, a, b}, recipe_.target, plan, recipe_.spec, imports);
  if (!combined.problems.empty()) {
    return Error{ErrorKind::bad_input, render(combined.problems, nullptr)};
  }
  return std::move(combined.bundle);
}

}  // namespace cbundle
