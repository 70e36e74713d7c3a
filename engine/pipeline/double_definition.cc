#include "engine/pipeline/double_definition.h"

#include <unordered_map>
#include <unordered_set>

#include "engine/base/diagnostic.h"
#include "engine/base/text.h"
#include "engine/bundle/symbol_finder.h"
#include "engine/elf/source_line.h"
#include "engine/pipeline/input_objects.h"

namespace cbundle {
namespace {

struct Definition {
  const InputObject* object = nullptr;
  const Symbol* symbol = nullptr;
};

// A linker takes one of several weak or common definitions, and one of equal groups.
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

Diagnostic defined_again(const Definition& first, const Definition& again, bool is_shown,
                         const Inputs& inputs) {
  std::string before = is_shown ? line_of(first, inputs) : std::string();
  if (!before.empty()) before += " in ";
  Diagnostic error{.message = kind_and_name(*again.symbol) + " is defined a second time, after " +
                              before + first.object->name,
                   .hint = "rename one, make it static, or leave one of the objects out",
                   .object = again.object->name,
                   .symbol = std::string(again.symbol->name)};
  if (is_shown) set_location(line_of(again, inputs), error);
  return error;
}

}  // namespace

Diagnostics double_definitions(const Inputs& inputs) {
  const std::vector<InputObject> objects = read_objects(inputs);
  Diagnostics errors;
  std::unordered_set<std::string_view> names;
  std::unordered_map<std::string_view, Definition> first;
  for (const InputObject& object : objects) {
    if (object.is_member) continue;
    if (!names.insert(object.name).second) {
      errors.push_back({.message = object.name + " is given twice", .hint = "give it once"});
      continue;
    }
    for (const Symbol& s : object.elf.symbols()) {
      if (!must_be_single(object.elf, s)) continue;
      const auto [known, is_new] = first.try_emplace(s.name, Definition{&object, &s});
      if (is_new) continue;
      const bool is_shown = errors.size() < max_shown;
      errors.push_back(defined_again(known->second, {&object, &s}, is_shown, inputs));
    }
  }
  return errors;
}

}  // namespace cbundle
