// Joins the objects into one relocatable object, without debug sections.
#pragma once

#include <vector>

#include "engine/elf/target.h"
#include "engine/stage/input.h"
#include "engine/stage/stage.h"
#include "engine/tool/tool_identity.h"

namespace cbundle {

class PartialLink final : public Stage {
 public:
  PartialLink(const Tool& linker, const Target& target, const std::vector<Input>& objects)
      : linker_(linker), target_(target), objects_(objects) {}

  StageKind kind() const override { return StageKind::partial; }
  void describe(Manifest& manifest) const override;
  bool reads_debug_info() const override { return true; }
  Result<Blob> run(StageContext& context) const override;

 private:
  const Tool& linker_;
  const Target& target_;
  const std::vector<Input>& objects_;
};

// "in/3.o": what tools see instead of the object's own path, so that no path reaches an output.
std::string canonical_name(std::size_t index, const Input& input);

}  // namespace cbundle
