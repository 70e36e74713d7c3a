#include "engine/bundle/linked_table.h"

#include <algorithm>

namespace cbundle {
namespace {

constexpr std::uint64_t page_of(std::uint64_t address) { return address & ~std::uint64_t{0xfff}; }
constexpr std::uint64_t half_of(std::uint64_t address) {
  return (address + 0x8000) & ~std::uint64_t{0xffff};
}

}  // namespace

LinkedTable::LinkedTable(const Image& image, const Piece& piece, const Relocations& table,
                         const RelocationTypes& types, const Target& target)
    : image_(image),
      table_(table),
      target_(target),
      section_{*image.elf, table, piece.address, image.elf->sections()[piece.section].content,
               image.gp},
      meanings_(table.records.size()) {
  for (std::size_t i = 0; i < meanings_.size(); ++i) {
    const Relocation& r = table.records[i];
    meanings_[i].type = types.find(r.type);
    if (table.has_addends) meanings_[i].addend = r.addend;
  }
  if (target.interpret != nullptr) target.interpret(section_, meanings_);
  if (table.has_addends) return;
  for (std::size_t i = 0; i < meanings_.size(); ++i) {
    Meaning& meaning = meanings_[i];
    if (meaning.addend || meaning.type == nullptr || meaning.type->needs_addend) continue;
    meaning.addend = is_inside(i) ? held_addend(i) : 0;
  }
}

bool LinkedTable::is_inside(std::size_t i) const {
  const std::uint64_t at = offset(i);
  const std::uint64_t size = section_.content.size();
  return at <= size && meanings_[i].type->field.size <= size - at;
}

std::uint64_t LinkedTable::word(std::size_t i) const {
  return section_.word(record(i), meanings_[i].type->field);
}

std::uint64_t LinkedTable::value(std::size_t i) const {
  return value(i, meanings_[i].addend.value_or(0));
}

std::uint64_t LinkedTable::value(std::size_t i, std::int64_t addend) const {
  const RelocationType& type = *meanings_[i].type;
  const Symbol& s = symbol(i);
  const bool has_state = type.is_branch && s.type == STT_FUNC && target_.machine == EM_ARM;
  const std::uint64_t address = has_state ? s.value & ~std::uint64_t{1} : s.value;
  const std::uint64_t sum = address + static_cast<std::uint64_t>(addend);
  const std::uint64_t place = record(i).offset;
  switch (type.formula) {
    case Formula::absolute:
    case Formula::plus: return sum;
    case Formula::minus: return std::uint64_t{0} - sum;
    case Formula::relative: return sum - place;
    case Formula::page_relative: return page_of(sum) - page_of(place);
    case Formula::page_offset: return sum - page_of(sum);
    case Formula::half_offset: return sum - half_of(sum);
    case Formula::got_relative: return sum - image_.got;
    case Formula::got_address: return image_.got + static_cast<std::uint64_t>(addend) - place;
    case Formula::gp_relative: return sum - image_.gp;
    case Formula::gp_negative: return image_.gp - sum;
    case Formula::gp_distance: return image_.gp + static_cast<std::uint64_t>(addend) - place;
    default: return 0;
  }
}

std::int64_t LinkedTable::held_addend(std::size_t i) const {
  const Field& field = meanings_[i].type->field;
  if (field.decode == nullptr) return 0;
  const auto held = static_cast<std::uint64_t>(field.decode(word(i)));
  return field.decode(field.encode(held - value(i, 0), 0));
}

// Records of RISC-V come in the order of their places, but nothing says that they must.
std::size_t LinkedTable::site_at(std::uint64_t address) const {
  const auto& records = table_.records;
  const auto is_site = [&](std::size_t i) {
    const RelocationType* type = meanings_[i].type;
    return records[i].offset == address && type != nullptr && type->formula == Formula::relative;
  };
  auto at = static_cast<std::size_t>(
      std::ranges::lower_bound(records, address, {}, &Relocation::offset) - records.begin());
  for (; at < records.size() && records[at].offset == address; ++at) {
    if (is_site(at)) return at;
  }
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (is_site(i)) return i;
  }
  return records.size();
}

}  // namespace cbundle
