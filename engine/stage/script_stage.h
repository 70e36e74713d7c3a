// Turns a user's script, through the preprocessor where it is a template, into the text that a
// layout is linked with.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/bundle/layout_plan.h"
#include "engine/bundle/spec.h"
#include "engine/script/script.h"
#include "engine/stage/input.h"
#include "engine/stage/stage.h"
#include "engine/tool/tool_identity.h"

namespace cbundle {

// What later stages need of a script. Nothing in it changes when a comment does: no line numbers.
struct ScriptText {
  std::string text;             // as engine/script gives it
  std::uint64_t alignment = 1;  // the largest that it asks for, bytes
  bool has_memory = false;      // has a MEMORY command
  bool has_phdrs = false;
  std::vector<std::string> sections;  // that are loaded, see Script
  std::vector<LinkerIncompatibility> incompatibilities;
  std::vector<Import> imports;     // declared in the script itself
  std::vector<std::string> files;  // read, or looked for in vain: relative to the request's
                                   // directory where below it
};
std::string pack(const ScriptText& script);
Result<ScriptText> unpack_script(std::string_view bytes);

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
  // Tells all but the files that the script includes: those show when it runs, and are in its
  // output's `files`.
  void describe(Manifest& manifest) const override;
  Result<Blob> run(StageContext& context) const override;

  // The script as it is now, with its line numbers: what run() starts from, and what an error
  // message about its text wants.
  Result<Script> read(StageContext& context) const;

  const std::filesystem::path& directory() const { return source_.directory; }

 private:
  Result<std::string> preprocess(StageContext& context, std::vector<Dependency>& files) const;
  std::string relative(const std::filesystem::path& file) const;

  Layout layout_;
  const Source& source_;
};

}  // namespace cbundle
