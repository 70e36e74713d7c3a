#include "engine/bundle/judge.h"

namespace cbundle {

Judge::Judge(const Image& a, const Image& b, const Target& target, const LayoutPlan& plan)
    : a_(a), b_(b), target_(target), plan_(plan), verdicts_(a.elf->symbols().size()) {
  for (const Section& s : a.elf->sections()) {
    import_of_section_.push_back(import_in_section(s.name).value_or(internal));
  }
}

std::optional<Judged> Judge::judgement(std::uint32_t in_a, std::uint32_t in_b) {
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

Judged Judge::judge(const Symbol& a, const Symbol& b) const {
  if (a.is_undefined()) return {Origin::nowhere};
  // By section, not by name: some linkers make hidden symbols local.
  if (a.section < import_of_section_.size() && import_of_section_[a.section] != internal) {
    return {Origin::import, import_of_section_[a.section]};
  }
  const std::uint64_t moved = target_.narrow(b.value - a.value);
  if (a.is_absolute() && moved == 0) return {Origin::constant};
  if (!a.is_absolute() && a_.piece_of_section(a.section) == nullptr) return {Origin::outside};
  if (moved != target_.narrow(plan_.distance)) return {Origin::astray};
  return {is_part(a) ? Origin::inside : Origin::outside};
}

// A script can set a symbol behind all bytes, or before them.
bool Judge::is_part(const Symbol& a) const {
  if (a.type == STT_SECTION) return true;
  return a_.piece_at(a.value) != nullptr;
}

}  // namespace cbundle
