#include "engine/build/locator.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/elf/source_line.h"

namespace cbundle {
namespace {

bool names_a_place(const Symbol& s) {
  return !s.name.empty() && !s.is_undefined() && s.type != STT_SECTION && s.type != STT_FILE &&
         !s.name.starts_with(".") && !s.name.starts_with("$");
}

// The source file that a local symbol follows in the symbol table.
std::string_view file_of(const ElfFile& elf, const Symbol& symbol) {
  std::string_view file;
  for (const Symbol& s : elf.symbols()) {
    if (s.type == STT_FILE) file = s.name;
    if (&s == &symbol) break;
  }
  return file;
}

}  // namespace

Locator::Locator(const ElfFile& partial, const Inputs& inputs) : partial_(partial) {
  for (std::size_t i = 0; i < inputs.objects.size(); ++i) {
    Result<std::string> content = read_file(inputs.objects[i].path);
    if (!content || inputs.objects[i].is_archive) continue;
    const Blob bytes(std::move(content).value());
    Result<ElfFile> elf = ElfFile::parse(bytes);
    if (elf) objects_.push_back({inputs.names[i], std::move(elf).value(), bytes});
  }
}

const Symbol* Locator::symbol_before(const Spot& spot) const {
  const Symbol* best = nullptr;
  for (const Symbol& s : partial_.symbols()) {
    if (s.section != spot.section || s.value > spot.offset || !names_a_place(s)) continue;
    if (best == nullptr || s.value > best->value) best = &s;
  }
  return best;
}

// The partial link keeps symbols and what lies between them; only sections move.
Locator::Found Locator::find(const Symbol& symbol, const Spot& spot) const {
  const std::string_view file = symbol.is_local() ? file_of(partial_, symbol) : std::string_view();
  for (const Object& object : objects_) {
    for (const Symbol& s : object.elf.symbols()) {
      if (s.name != symbol.name || !names_a_place(s) || s.is_local() != symbol.is_local() ||
          s.size != symbol.size || s.is_common() || s.is_absolute()) {
        continue;
      }
      if (s.is_local() && file_of(object.elf, s) != file) continue;
      return {&object, s.section, s.value + (spot.offset - symbol.value)};
    }
  }
  return {};
}

std::string Locator::place_of(const Spot& spot) const {
  const Symbol* symbol = symbol_before(spot);
  if (symbol == nullptr) return {};
  const bool inside = symbol->size == 0 || spot.offset - symbol->value < symbol->size;
  const Found found = find(*symbol, spot);
  std::string object = found.object == nullptr ? std::string() : found.object->name;
  if (!inside) return object;  // a constant between symbols: the object is all that is sure

  std::string place;
  if (found.object != nullptr)
    place = source_line(found.object->bytes, found.section, found.offset);
  if (place.empty()) place = object;
  if (!place.empty()) place += ": ";
  place += symbol->type == STT_OBJECT ? "in variable " : "in function ";
  place += in_quotes(symbol->name);
  if (!object.empty() && !place.starts_with(object)) place += " (" + object + ")";
  return place;
}

}  // namespace cbundle
