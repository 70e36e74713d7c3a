#include "engine/stage/combine_stage.h"

#include "engine/base/files.h"
#include "engine/bundle/check/object_checker.h"
#include "engine/bundle/proof/combine.h"

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
  const Bundle bundle = TRY(proved(context));  // the layouts are freed by now
  return Blob(pack(bundle));
}

Result<Bundle> CombineStage::proved(StageContext& context) const {
  const Blob partial_bytes = TRY(context.load(recipe_.partial));
  const ElfFile partial = TRY(ElfFile::parse(partial_bytes));
  const Script script = TRY(load_script(recipe_.script_a, context.load));
  const std::vector<Import> imports = all_imports(recipe_.spec, script);

  ObjectCheck check = check_object(partial, recipe_.target, recipe_.spec, imports, script.text);
  if (!check.problems.empty()) return Error{ErrorKind::bad_input, std::move(check.problems)};
  context.warn(std::move(check.warnings));
  const LayoutPlan plan = plan_layouts(partial, recipe_.target, script.alignment);
  unload(partial_bytes);  // of 20 MB for a bundle of 10, little more is needed
  const Blob a_bytes = TRY(context.load(layout_a_));
  const Blob b_bytes = TRY(context.load(layout_b_));
  const ElfFile a = TRY(ElfFile::parse(a_bytes));
  const ElfFile b = TRY(ElfFile::parse(b_bytes));
  Combined combined = combine({partial, a, b}, recipe_.target, plan, recipe_.spec, imports);
  if (!combined.problems.empty()) return Error{ErrorKind::bad_input, std::move(combined.problems)};
  return std::move(combined.bundle);
}

}  // namespace cbundle
