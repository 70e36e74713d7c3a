#include "engine/stage/combine_stage.h"

#include "engine/base/files.h"
#include "engine/bundle/check/object_checker.h"
#include "engine/bundle/proof/combine.h"

namespace cbundle {

void CombineStage::describe(Manifest& manifest) const {
  manifest.field("algorithm", "5");
  manifest.field("machine", parameters_.target.name);
  manifest.field("partial link", parameters_.partial);
  manifest.field("layout a", layout_a_);
  manifest.field("layout b", layout_b_);
  if (parameters_.script_a) manifest.field("script", *parameters_.script_a);
  manifest.field("mode", name_of(parameters_.spec.mode));
  describe_imports(parameters_.spec, manifest);
  for (const std::string& name : parameters_.spec.exports) manifest.field("export " + name, "");
}

Result<Blob> CombineStage::run(StageContext& context) const {
  const Bundle bundle = TRY(proved(context));  // the layouts are freed by now
  return Blob(pack(bundle));
}

Result<Bundle> CombineStage::proved(StageContext& context) const {
  const Blob partial_bytes = TRY(context.load(parameters_.partial));
  const ElfFile partial = TRY(ElfFile::parse(partial_bytes));
  const Script script = TRY(load_script(parameters_.script_a, context.load));
  const std::vector<Import> imports = all_imports(parameters_.spec, script);

  ObjectCheck check =
      check_object(partial, parameters_.target, parameters_.spec, imports, script.text);
  if (!check.problems.empty()) return Error{ErrorKind::bad_input, std::move(check.problems)};
  context.warn(std::move(check.warnings));
  const LayoutPlan plan = plan_layouts(partial, parameters_.target, script.alignment);
  drop_pages(partial_bytes);  // of 20 MB for a bundle of 10, little more is needed
  const Blob a_bytes = TRY(context.load(layout_a_));
  const Blob b_bytes = TRY(context.load(layout_b_));
  const ElfFile a = TRY(ElfFile::parse(a_bytes));
  const ElfFile b = TRY(ElfFile::parse(b_bytes));
  Combined combined = combine({partial, a, b}, parameters_.target, plan, parameters_.spec, imports);
  if (!combined.problems.empty()) return Error{ErrorKind::bad_input, std::move(combined.problems)};
  return std::move(combined.bundle);
}

}  // namespace cbundle
