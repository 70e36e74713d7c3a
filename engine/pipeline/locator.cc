#include "engine/pipeline/locator.h"

#include <algorithm>
#include <unordered_map>

#include "engine/base/text.h"
#include "engine/elf/source_line.h"

namespace cbundle {
namespace {

// The source file that a local symbol follows in the symbol table.
std::string_view file_of(const ElfFile& elf, const Symbol& symbol) {
  std::string_view file;
  for (const Symbol& s : elf.symbols()) {
    if (s.type == STT_FILE) file = s.name;
    if (&s == &symbol) break;
  }
  return file;
}

std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

}  // namespace

Locator::Locator(const ElfFile& partial, const Inputs& inputs)
    : partial_(partial), inputs_(inputs), names_(partial), objects_(read_objects(inputs)) {
  map_input_sections();
}

// The partial link puts sections of one name one after the other. Where the sizes do not add up,
// because it left some out, places are found by the symbols before them.
void Locator::map_input_sections() {
  parts_.resize(partial_.sections().size());
  std::unordered_map<std::string_view, std::uint32_t> by_name;
  for (const Section& s : partial_.sections()) {
    if (s.is_allocated()) by_name.try_emplace(s.name, partial_.index_of(s));
  }
  std::vector<std::uint64_t> ends(parts_.size());
  for (const InputObject& object : objects_) {
    for (const Section& s : object.elf.sections()) {
      const auto joined = by_name.find(s.name);
      if (!s.is_allocated() || joined == by_name.end()) continue;
      const std::uint64_t start = align_up(ends[joined->second], s.alignment);
      const auto index = static_cast<std::size_t>(&object - objects_.data());
      parts_[joined->second].push_back({index, object.elf.index_of(s), start, s.size});
      ends[joined->second] = start + s.size;
    }
  }
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (ends[i] != partial_.sections()[i].size) parts_[i].clear();
  }
}

Locator::Found Locator::find_by_part(const SectionOffset& place) const {
  for (const Part& part : parts_[place.section]) {
    if (place.offset < part.start || place.offset - part.start >= part.size) continue;
    return {&objects_[part.object], part.section, place.offset - part.start};
  }
  return {};
}

// The partial link moves whole sections, so distances from symbols stay the same.
Locator::Found Locator::find_by_name(const Symbol& symbol, std::uint64_t distance) const {
  const std::string_view file = symbol.is_local() ? file_of(partial_, symbol) : std::string_view();
  for (const InputObject& object : objects_) {
    for (const Symbol& s : object.elf.symbols()) {
      if (s.name != symbol.name || s.is_undefined() || s.is_local() != symbol.is_local() ||
          s.type != symbol.type || s.size != symbol.size || s.is_common() != symbol.is_common() ||
          s.is_absolute()) {
        continue;
      }
      if (s.is_local() && file_of(object.elf, s) != file) continue;
      return {&object, s.section, s.value + distance};
    }
  }
  return {};
}

Locator::Found Locator::find(const SectionOffset& place, const Symbol* symbol) const {
  const Found found = find_by_part(place);
  if (found.object != nullptr || symbol == nullptr) return found;
  return find_by_name(*symbol, place.offset - names_.start_of(*symbol));
}

// "boot.c:12"
std::string Locator::definition_of(const Symbol& symbol, const Found& found) const {
  if (found.object == nullptr) return {};
  std::string line =
      definition_line(found.object->bytes, name_in_source(symbol), found.section, found.offset);
  if (line.empty()) line = source_line(found.object->bytes, found.section, found.offset);
  return path_in_build(std::move(line), inputs_);
}

void Locator::locate_subject(const Symbol& symbol, Diagnostic& diagnostic) const {
  const bool is_placed = symbol.section < parts_.size();
  const Found found = is_placed ? find({symbol.section, names_.start_of(symbol)}, &symbol)
                                : find_by_name(symbol, 0);
  if (found.object == nullptr) return;
  diagnostic.object = found.object->name;
  set_location(definition_of(symbol, found), diagnostic);
}

// In code, the line of the instruction; otherwise that of the variable's definition.
void Locator::locate_place(const SectionOffset& place, Diagnostic& diagnostic) const {
  const Symbol* symbol = names_.symbol_at(place);
  const Found found = find(place, symbol);
  if (found.object != nullptr) diagnostic.object = found.object->name;
  if (symbol == nullptr) return;
  std::string line;
  if (!is_variable(*symbol) && found.object != nullptr) {
    line = path_in_build(source_line(found.object->bytes, found.section, found.offset), inputs_);
  }
  if (line.empty()) {
    line = definition_of(*symbol, find({place.section, names_.start_of(*symbol)}, symbol));
  }
  set_location(line, diagnostic);
}

void Locator::locate(Diagnostic& diagnostic) const {
  if (diagnostic.subject != 0) {
    locate_subject(partial_.symbols()[diagnostic.subject], diagnostic);
  } else if (diagnostic.place) {
    locate_place(*diagnostic.place, diagnostic);
  }
  diagnostic.place.reset();
  diagnostic.subject = 0;
}

}  // namespace cbundle
