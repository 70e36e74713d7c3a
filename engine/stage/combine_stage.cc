#include "engine/stage/combine_stage.h"

#include "engine/base/files.h"
#include "engine/bundle/combine.h"
#include "engine/bundle/object_checker.h"

namespace cbundle {

void CombineStage::describe(Manifest& manifest) const {
  manifest.field("algorithm", "5");
  manifest.field("machine", recipe_.target.name);
  manifest.field("partial link", recipe_.partial);
  manifest.field("layout a", layout_a_);
  manifest.field("layout b", layout_b_);
  if (recipe_.script_a) manifest.field("script", *recipe_.script_a);
  manifest.field("mode", name_of(recipe_.spec.mode));
  describe_imports(recipe_.spec, manifest);
  for (const std::string& name : recipe_.spec.exports) manifest.field("export " + name, "");
}

Result<Blob> CombineStage::run(StageContext& context) const {
  const Found found = TRY(combined(context.load));  // the layouts are gone by now
  if (!found.problems.empty()) {
    return Error{ErrorKind::bad_input, found.problems};
  }
  context.warn(found.warnings);
  return Blob(pack(found.bundle));
}

Diagnostics CombineStage::problems(const StageContext::Load& load) const {
  Result<Found> found = combined(load);
  return found ? std::move(found.value().problems) : Diagnostics();
}

Result<CombineStage::Found> CombineStage::combined(const StageContext::Load& load) const {
  const Blob partial_bytes = TRY(load(recipe_.partial));
  const ElfFile partial = TRY(ElfFile::parse(partial_bytes));
  const Script script = TRY(load_script(recipe_.script_a, load));
  const std::vector<Import> imports = all_imports(recipe_.spec, script);

  ObjectCheck known = check_object(partial, recipe_.target, recipe_.spec, imports, script.text);
  Found found{std::move(known.problems), std::move(known.warnings), {}};
  if (!found.problems.empty()) return found;
  const LayoutPlan plan = plan_layouts(partial, recipe_.target, script.alignment);
  unload(partial_bytes);  // of 20 MB for a bundle of 10, little more is needed
  const Blob a_bytes = TRY(load(layout_a_));
  const Blob b_bytes = TRY(load(layout_b_));
  const ElfFile a = TRY(ElfFile::parse(a_bytes));
  const ElfFile b = TRY(ElfFile::parse(b_bytes));
  Combined combined = combine({partial, a, b}, recipe_.target, plan, recipe_.spec, imports);
  found.problems = std::move(combined.problems);
  found.bundle = std::move(combined.bundle);
  return found;
}

}  // namespace cbundle
