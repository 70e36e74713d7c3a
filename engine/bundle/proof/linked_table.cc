#include "engine/bundle/proof/linked_table.h"

#include <algorithm>

namespace cbundle {
namespace {

constexpr std::uint64_t page_of(std::uint64_t address) { return address & ~std::uint64_t{0xfff}; }
constexpr std::uint64_t half_of(std::uint64_t address) {
  return (address + 0x8000) & ~std::uint64_t{0xffff};
}

}  // namespace

const Symbol& LinkedRecord::symbol() const { return table.section_.symbol(record); }

std::uint64_t LinkedRecord::offset() const {
  return table.target_.narrow(record.offset - table.section_.address);
}

bool LinkedRecord::is_inside() const {
  const std::uint64_t size = table.section_.content.size();
  return offset() <= size && type->field.size <= size - offset();
}

std::uint64_t LinkedRecord::word() const { return table.section_.word(record, type->field); }

std::uint64_t LinkedRecord::value() const { return table.value(*this, addend.value_or(0)); }

LinkedTable::LinkedTable(const Image& image, const ImageSection& section, const Relocations& table,
                         const RelocationTypes& types, const Target& target)
    : image_(image),
      table_(table),
      types_(types),
      target_(target),
      section_{*image.elf, table, section.address, image.content_of(section), image.gp} {
  if (table.has_addends && target.interpret == nullptr) return;
  std::vector<DecodedRelocation> decoded(size());
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    const Relocation r = table.records[i];
    decoded[i].type = types.find(r.type);
    if (table.has_addends) decoded[i].addend = r.addend;
  }
  if (target.interpret != nullptr) target.interpret(section_, decoded);
  decoded_ = std::move(decoded);
  if (table.has_addends) return;
  for (std::size_t i = 0; i < decoded_.size(); ++i) {
    DecodedRelocation& relocation = decoded_[i];
    if (relocation.addend || relocation.type == nullptr || relocation.type->needs_addend) continue;
    relocation.addend = held_addend((*this)[i]);
  }
}

LinkedRecord LinkedTable::operator[](std::size_t i) const {
  const Relocation r = table_.records[i];
  if (!decoded_.empty()) return {*this, r, decoded_[i].type, decoded_[i].addend};
  return {*this, r, types_.find(r.type), r.addend};
}

std::uint64_t LinkedTable::value(const LinkedRecord& of, std::int64_t addend) const {
  const Symbol& s = of.symbol();
  const bool has_state = of.type->is_branch && s.type == STT_FUNC;
  const std::uint64_t address = has_state ? s.value & ~std::uint64_t{1} : s.value;
  const std::uint64_t sum = address + static_cast<std::uint64_t>(addend);
  const std::uint64_t place = of.record.offset;
  switch (of.type->formula) {
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
    case Formula::gp_sub: return image_.gp - sum;
    case Formula::gp_distance: return image_.gp + static_cast<std::uint64_t>(addend) - place;
    default: return 0;
  }
}

std::int64_t LinkedTable::held_addend(const LinkedRecord& of) const {
  const Field& field = of.type->field;
  if (field.decode == nullptr || !of.is_inside()) return 0;
  const auto held = static_cast<std::uint64_t>(field.decode(of.word()));
  return field.decode(field.encode(held - value(of, 0), 0));
}

std::size_t LinkedTable::site_at(std::uint64_t address) const {
  if (!sites_) {
    sites_.emplace();
    for (std::size_t i = 0; i < size(); ++i) {
      const LinkedRecord r = (*this)[i];
      const bool is_site = r.type != nullptr && r.type->formula == Formula::relative;
      if (is_site) sites_->emplace_back(r.record.offset, i);
    }
    std::ranges::stable_sort(*sites_);
  }
  const auto found = std::ranges::lower_bound(*sites_, std::pair{address, std::size_t{0}});
  return found != sites_->end() && found->first == address ? found->second : size();
}

}  // namespace cbundle
