// Links the partial object at one of the layouts, relocations kept.
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

// What layouts, combine and emit have in common: the object, the wish, and the scripts.
struct Recipe {
  const Tool& linker;
  const Target& target;
  const Spec& spec;
  Digest partial;
  std::optional<Digest> script_a, script_b;  // both or neither
};

class LayoutLink final : public Stage {
 public:
  LayoutLink(Layout layout, const Recipe& recipe) : layout_(layout), recipe_(recipe) {}

  StageKind kind() const override;
  void describe(Manifest& manifest) const override;
  Result<Blob> run(StageContext& context) const override;

 private:
  // A template has no third text: what it says of layout A must do for C.
  std::optional<Digest> script() const {
    return layout_ == Layout::b ? recipe_.script_b : recipe_.script_a;
  }

  Layout layout_;
  const Recipe& recipe_;
};

struct LinkInputs {
  std::string_view name;  // of the object, as the linker's words have it
  const Blob& object;
  std::string_view stub;  // the imports
  std::string_view script;
};

// Links an object and the import stub by a layout's script, in the way that all layouts are.
Result<Blob> link_image(const Tool& linker, const Target& target, const LinkInputs& inputs,
                        StageContext& context);

// The text of the layout's own script; that of no script where the recipe has none.
Result<ScriptText> script_text(const std::optional<Digest>& script, const StageContext::Load& load);

// The spec's imports and the script's own, in this order, each once.
std::vector<Import> all_imports(const Spec& spec, const ScriptText& script);

// What the linker's words call the script of a layout.
inline constexpr std::string_view layout_script_name = "layout.lds";

// Tells the imports, one field each.
void describe_imports(const Spec& spec, Manifest& manifest);

}  // namespace cbundle
