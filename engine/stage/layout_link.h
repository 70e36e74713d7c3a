// Links the partial object at one of the two layouts, relocations kept.
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

  StageKind kind() const override {
    return layout_ == Layout::a ? StageKind::layout_a : StageKind::layout_b;
  }
  void describe(Manifest& manifest) const override;
  Result<Blob> run(Workbench& bench) const override;

 private:
  std::optional<Digest> script() const {
    return layout_ == Layout::a ? recipe_.script_a : recipe_.script_b;
  }

  Layout layout_;
  const Recipe& recipe_;
};

// The text of the layout's own script; that of no script where the recipe has none.
Result<ScriptText> script_text(const std::optional<Digest>& script, const Workbench::Take& take);

// The spec's imports and the script's own, in this order, each once.
std::vector<Import> all_imports(const Spec& spec, const ScriptText& script);

// What the linker's words call the script of a layout.
inline constexpr std::string_view layout_script_name = "layout.lds";

// Tells the imports, one field each.
void describe_imports(const Spec& spec, Manifest& manifest);

}  // namespace cbundle
