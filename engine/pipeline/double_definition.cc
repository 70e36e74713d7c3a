#include "engine/pipeline/double_definition.h"

#include <unordered_map>
#include <unordered_set>

#include "engine/base/diagnostic.h"
#include "engine/base/text.h"
#include "engine/bundle/symbol_map.h"
#include "engine/elf/source_line.h"
#include "engine/pipeline/input_objects.h"

namespace cbundle {
namespace {

struct Definition {
  const InputObject* object = nullptr;
  const Symbol* symbol = nullptr;
};

// Of weak and common definitions a linker takes one, and of groups that are the same.
bool must_be_single(const ElfFile& elf, const Symbol& s) {
  if (s.binding != STB_GLOBAL || s.is_undefined() || s.is_common()) return false;
  return s.section >= elf.sections().size() || (elf.sections()[s.section].flags & SHF_GROUP) == 0;
}

// "boot.c:12"; empty where it is not known.
std::string line_of(const Definition& definition, const Inputs& inputs) {
  const auto& [object, symbol] = definition;
  const bool is_thumb = object->elf.machine() == EM_ARM && symbol->type == STT_FUNC;
  const std::uint64_t start = is_thumb ? symbol->value & ~std::uint64_t{1} : symbol->value;
  std::string line = definition_line(object->bytes, symbol->name, symbol->section, start);
  if (line.empty()) line = source_line(object->bytes, symbol->section, start);
  return path_in_build(std::move(line), inputs);
}

Diagnostic defined_again(const Definition& first, const Definition& again, const Inputs& inputs) {
  std::string before = line_of(first, inputs);
  if (!before.empty()) before += " in ";
  Diagnostic problem{.message = quote(again.symbol->name) + " is defined a second time, after " +
                                before + first.object->name,
                     .hint = "rename one, make it static, or leave one of the objects out",
                     .object = again.object->name};
  set_location(line_of(again, inputs), problem);
  return problem;
}

}  // namespace

Diagnostics double_definitions(const Inputs& inputs) {
  const std::vector<InputObject> objects = read_objects(inputs);
  Diagnostics problems;
  std::unordered_set<std::string_view> names;
  std::unordered_map<std::string_view, Definition> first;
  for (const InputObject& object : objects) {
    if (object.is_member) continue;
    if (!names.insert(object.name).second) {
      problems.push_back(
          {.message = object.name + " is named twice among the objects", .hint = "name it once"});
      continue;
    }
    for (const Symbol& s : object.elf.symbols()) {
      if (!must_be_single(object.elf, s)) continue;
      const auto [known, is_new] = first.try_emplace(s.name, Definition{&object, &s});
      if (!is_new) problems.push_back(defined_again(known->second, {&object, &s}, inputs));
    }
  }
  return problems;
}

}  // namespace cbundle
