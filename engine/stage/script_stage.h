// Turns a user's script, through the preprocessor where it is a template, into the text that a
// layout is linked with.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/bundle/layout_plan.h"
#include "engine/bundle/spec.h"
#include "engine/script/include_search.h"
#include "engine/script/script.h"
#include "engine/stage/input.h"
#include "engine/stage/key_names.h"
#include "engine/stage/stage.h"
#include "engine/tool/tool_identity.h"

namespace cbundle {

// A script without what only messages and dependency lists need, so that a changed comment changes
// nothing: no line numbers, no dependencies.
std::string pack(const Script& script);
Result<Script> unpack_script(std::string_view bytes);

class ScriptStage final : public Stage {
 public:
  struct Source {
    Input file;
    std::optional<Tool> preprocessor;  // for a template
    std::vector<std::string> defines;
    std::filesystem::path directory;  // of the request: where relative names start
  };

  ScriptStage(Layout layout, const Source& source) : layout_(layout), source_(source) {}

  StageKind kind() const override {
    return layout_ == Layout::a ? StageKind::script_a : StageKind::script_b;
  }
  void describe(Manifest& manifest) const override;
  bool includes_files() const override { return true; }
  Result<Blob> run(StageContext& context) const override;

  // The script as it is now, with its line numbers: for run(), and for error messages.
  Result<Script> read(StageContext& context) const;

 private:
  KeyNames names() const { return {source_.file.file.path, source_.directory}; }
  Diagnostics with_names_in_keys(Diagnostics diagnostics) const;
  Result<Script> read_template(StageContext& context) const;
  Result<void> add_files(const std::vector<std::filesystem::path>& files, const SearchPath& search,
                         StageContext& context) const;

  Layout layout_;
  const Source& source_;
};

}  // namespace cbundle
