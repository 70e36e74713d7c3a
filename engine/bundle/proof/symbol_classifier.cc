#include "engine/bundle/proof/symbol_classifier.h"

namespace cbundle {

std::optional<SymbolClass> SymbolClassifier::classify(std::uint32_t in_a, std::uint32_t in_b) {
  std::optional<Classified>& known = classified_[in_a];
  if (!known) {
    const Symbol& a = layouts_.a.elf->symbols()[in_a];
    const Symbol& b = layouts_.b.elf->symbols()[in_b];
    if (a.name != b.name || a.type != b.type || a.binding != b.binding) return std::nullopt;
    known = Classified{in_b, class_of(a, b)};
  }
  if (known->index_in_b != in_b) return std::nullopt;
  return known->symbol_class;
}

SymbolClass SymbolClassifier::class_of(const Symbol& a, const Symbol& b) const {
  if (a.is_undefined()) return {SymbolOrigin::undefined};
  const auto import = as_import(*layouts_.a.elf, a);
  if (import != as_import(*layouts_.b.elf, b)) return {SymbolOrigin::inconsistent};
  if (import) return *import;
  const bool is_fixed = layouts_.target.narrow(b.value - a.value) == 0;
  if (a.is_absolute() && is_fixed) return {SymbolOrigin::constant};
  const bool is_of_section = layouts_.a.find_section(a.section) != nullptr;
  if (!a.is_absolute() && !is_of_section) return {SymbolOrigin::outside};
  if (!layouts_.moves(a.value, b.value)) return {SymbolOrigin::inconsistent};
  // A script can set a symbol after all bytes, or before them.
  const bool is_inside = a.type == STT_SECTION || layouts_.a.section_at(a.value) != nullptr;
  return {is_inside ? SymbolOrigin::inside : SymbolOrigin::outside};
}

// By section, not by name: some linkers make hidden symbols local. Nothing where the symbol is in
// no stub.
std::optional<SymbolClass> SymbolClassifier::as_import(const ElfFile& layout,
                                                       const Symbol& s) const {
  if (s.section >= layout.sections().size()) return std::nullopt;
  const Section& stub = layout.sections()[s.section];
  const auto import = import_in_section(stub.name);
  if (!import || *import >= imports_) return std::nullopt;
  const bool has_state = s.type == STT_FUNC && layouts_.target.machine == EM_ARM;
  const std::uint64_t address = has_state ? s.value & ~std::uint64_t{1} : s.value;
  const std::uint64_t offset = address - stub.address;
  return SymbolClass{SymbolOrigin::import, *import, static_cast<std::int64_t>(offset)};
}

}  // namespace cbundle
