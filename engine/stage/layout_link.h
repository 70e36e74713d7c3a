// Links the partial object at one of the layouts, with its relocations.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/bundle/layout_plan.h"
#include "engine/bundle/spec.h"
#include "engine/elf/target.h"
#include "engine/stage/script_stage.h"
#include "engine/stage/stage.h"
#include "engine/tool/tool_identity.h"

namespace cbundle {

// What layouts, combine and emit have in common: the object, the request, and the scripts.
struct LinkParameters {
  const Tool& linker;
  const Target& target;
  const Spec& spec;
  Digest partial;
  std::optional<Digest> script_a, script_b;  // both or neither
};

class LayoutLink final : public Stage {
 public:
  LayoutLink(Layout layout, const LinkParameters& parameters)
      : layout_(layout), parameters_(parameters) {}

  StageKind kind() const override;
  void describe(Manifest& manifest) const override;
  Result<Blob> run(StageContext& context) const override;

 private:
  // A template is preprocessed for A and B only; C is linked with A's text.
  std::optional<Digest> script() const {
    return layout_ == Layout::b ? parameters_.script_b : parameters_.script_a;
  }

  Layout layout_;
  const LinkParameters& parameters_;
};

struct LinkInputs {
  std::string_view name;  // of the object, as the linker's messages have it
  const Blob& object;
  std::string_view stub;  // the imports
  std::string_view script;
};

// Links an object and the import stub by a layout's script, with the options of all layouts.
Result<Blob> link_image(const Tool& linker, const Target& target, const LinkInputs& inputs,
                        StageContext& context);

// The script that a script stage has made; an empty one where the parameters has none.
Result<Script> load_script(const std::optional<Digest>& script, const StageContext::Load& load);

// The spec's imports and the script's own, in this order, each once.
std::vector<Import> all_imports(const Spec& spec, const Script& script);

// The layout's script, as the linker's messages name it.
inline constexpr std::string_view layout_script_name = "layout.lds";

// One field for each import.
void describe_imports(const Spec& spec, Manifest& manifest);

}  // namespace cbundle
