#include "engine/bundle/proof/symbol_classifier.h"

namespace cbundle {

Judge::Judge(const Image& a, const Image& b, const Target& target, const LayoutPlan& plan,
             std::size_t imports)
    : a_(a),
      b_(b),
      target_(target),
      plan_(plan),
      stubs_a_(stubs_of(*a.elf, imports)),
      stubs_b_(stubs_of(*b.elf, imports)),
      verdicts_(a.elf->symbols().size()) {}

Judge::Stubs Judge::stubs_of(const ElfFile& layout, std::size_t imports) {
  Stubs stubs;
  for (const Section& s : layout.sections()) {
    const auto import = import_in_section(s.name);
    stubs.push_back(import && *import < imports ? *import : internal);
  }
  return stubs;
}

std::optional<SymbolClass> Judge::judgement(std::uint32_t in_a, std::uint32_t in_b) {
  std::optional<Verdict>& verdict = verdicts_[in_a];
  if (!verdict) {
    const Symbol& a = a_.elf->symbols()[in_a];
    const Symbol& b = b_.elf->symbols()[in_b];
    if (a.name != b.name || a.type != b.type || a.binding != b.binding) return std::nullopt;
    verdict = Verdict{in_b, judge(a, b)};
  }
  if (verdict->twin != in_b) return std::nullopt;
  return verdict->judged;
}

SymbolClass Judge::judge(const Symbol& a, const Symbol& b) const {
  if (a.is_undefined()) return {SymbolOrigin::nowhere};
  const auto import = as_import(*a_.elf, stubs_a_, a);
  const auto twin = as_import(*b_.elf, stubs_b_, b);
  if (import != twin) return {SymbolOrigin::astray};
  if (import) return *import;
  const std::uint64_t moved = target_.narrow(b.value - a.value);
  if (a.is_absolute() && moved == 0) return {SymbolOrigin::constant};
  if (!a.is_absolute() && a_.find_section(a.section) == nullptr) return {SymbolOrigin::outside};
  if (moved != target_.narrow(plan_.distance)) return {SymbolOrigin::astray};
  return {is_part(a) ? SymbolOrigin::inside : SymbolOrigin::outside};
}

// By section, not by name: some linkers make hidden symbols local.
std::optional<SymbolClass> Judge::as_import(const ElfFile& layout, const Stubs& stubs,
                                            const Symbol& s) const {
  if (s.section >= stubs.size() || stubs[s.section] == internal) return std::nullopt;
  const bool has_state = s.type == STT_FUNC && target_.machine == EM_ARM;
  const std::uint64_t address = has_state ? s.value & ~std::uint64_t{1} : s.value;
  const std::uint64_t beyond = address - layout.sections()[s.section].address;
  return SymbolClass{SymbolOrigin::import, stubs[s.section], static_cast<std::int64_t>(beyond)};
}

// A script can set a symbol behind all bytes, or before them.
bool Judge::is_part(const Symbol& a) const {
  if (a.type == STT_SECTION) return true;
  return a_.section_at(a.value) != nullptr;
}

}  // namespace cbundle
