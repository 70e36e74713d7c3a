// A final link of an emitted bundle, in process: applies its relocations at an address.
//
// For thousands of links per second. No stubs, no relaxation, no range checks: because of those,
// the real linker only refuses more.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/bundle/bundle.h"
#include "engine/bundle/output/relink.h"

namespace cbundle {

class Applied {
 public:
  // `kinds` of the imports, in the bundle's order. All outlive this.
  Applied(const Bundle& bundle, const Target& target, const std::vector<Import>& kinds)
      : bundle_(bundle),
        target_(target),
        emitted_(emitted_machine(target)),
        kinds_(kinds),
        given_(bundle.segments.empty() ? std::string() : bundle.segments.front().bytes) {}

  // Nothing if a linker would refuse.
  std::optional<Relinked> at(const LinkAddresses& place) {
    place_ = &place;
    Relinked linked{given_, {}};
    for (std::size_t i = 0; i < bundle_.references.size(); ++i) {
      const Reference& r = bundle_.references[i];
      const RelocationType* type = type_of(emitted_, r.type);
      const std::optional<std::uint64_t> value = value_of(i);
      if (type == nullptr || !value || !is_inside(r.offset, type->field)) return std::nullopt;
      std::byte* field = reinterpret_cast<std::byte*>(linked.bytes.data()) + r.offset;
      const std::uint64_t word = type->field.load(field, target_.is_big_endian);
      type->field.store(
          field, target_.is_big_endian,
          changes_state(r) ? blx(*type, *value, word) : type->field.encode(*value, word));
    }
    add_fixups(linked.fixups);
    return linked;
  }

 private:
  bool is_inside(std::uint64_t offset, const Field& field) const {
    return offset <= given_.size() && field.size <= given_.size() - offset;
  }

  std::uint64_t import(std::uint32_t index) const {
    return place_->imports[index] | (kinds_[index].kind == ImportKind::thumb ? 1U : 0U);
  }

  // Whether a call changes between ARM and Thumb code: the linker then replaces BL by BLX.
  bool changes_state(const Reference& r) const {
    const bool is_call = r.type == R_ARM_CALL || r.type == R_ARM_THM_PC22;
    if (emitted_.machine != EM_ARM || !is_call || r.import >= kinds_.size()) return false;
    return kinds_[r.import].kind == (r.type == R_ARM_CALL ? ImportKind::thumb : ImportKind::func);
  }

  // In Thumb code the distance is from the address rounded down to a word; in ARM code bit 24
  // selects a halfword.
  static std::uint64_t blx(const RelocationType& type, std::uint64_t value, std::uint64_t word) {
    if (type.number == R_ARM_CALL) {
      return 0xfa000000 | (value >> 1 & 1) << 24 | (value >> 2 & 0xffffff);
    }
    return type.field.encode((value + 2) & ~std::uint64_t{3}, word) & ~std::uint64_t{0x1000};
  }

  std::uint64_t symbol(const Reference& r, const RelocationType& type) const {
    if (r.import == internal) return place_->base;
    if (r.import == own_label) return place_->base + static_cast<std::uint64_t>(r.addend);
    const std::uint64_t address = import(r.import);
    return type.is_branch && emitted_.machine == EM_ARM ? address & ~std::uint64_t{1} : address;
  }

  std::uint64_t word(const Reference& r, const Field& field) const {
    if (!is_inside(r.offset, field)) return 0;
    return field.load(reinterpret_cast<const std::byte*>(given_.data()) + r.offset,
                      target_.is_big_endian);
  }

  std::uint64_t addend(std::size_t index, const RelocationType& type) const {
    const Reference& r = bundle_.references[index];
    if (r.import == own_label && target_.output_has_addends) return 0;
    if (target_.output_has_addends) return static_cast<std::uint64_t>(r.addend);
    const auto held = static_cast<std::uint64_t>(type.field.decode(word(r, type.field)));
    if (!type.needs_addend) return held;
    if (emitted_.machine == EM_MIPS) return held + lower_half(index);
    // MOVT contains the addend itself, not its upper half.
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(held) / 0x10000);
  }

  // That of the next LO16 record of the same symbol, for HI16.
  std::uint64_t lower_half(std::size_t index) const {
    const Reference& upper = bundle_.references[index];
    for (std::size_t i = index + 1; i < bundle_.references.size(); ++i) {
      const Reference& r = bundle_.references[i];
      const bool same_symbol =
          r.import == upper.import && (r.import != own_label || r.addend == upper.addend);
      if (r.type != R_MIPS_LO16 || !same_symbol) continue;
      const Field& field = type_of(emitted_, r.type)->field;
      return static_cast<std::uint64_t>(field.decode(word(r, field)));
    }
    return 0;
  }

  std::optional<std::uint64_t> value_of(std::size_t index) const {
    const Reference& r = bundle_.references[index];
    const RelocationType* type = type_of(emitted_, r.type);
    if (type == nullptr) return std::nullopt;
    const std::uint64_t sum = symbol(r, *type) + addend(index, *type);
    const std::uint64_t at = place_->base + r.offset;
    const auto page = [](std::uint64_t address) { return address & ~std::uint64_t{0xfff}; };
    switch (type->formula) {
      case Formula::absolute: return sum;
      case Formula::relative: return sum - at;
      case Formula::page_relative: return page(sum) - page(at);
      case Formula::page_offset: return sum - page(sum);
      case Formula::pcrel_lo: return value_at(sum - place_->base);
      default: return std::nullopt;
    }
  }

  // Of the upper half that a lower half refers to; linkers accept no other record.
  std::optional<std::uint64_t> value_at(std::uint64_t offset) const {
    for (std::size_t i = 0; i < bundle_.references.size(); ++i) {
      const Reference& r = bundle_.references[i];
      if (r.offset == offset && r.type == R_RISCV_PCREL_HI20) return value_of(i);
    }
    return std::nullopt;
  }

  void add_fixups(std::string& table) const {
    const unsigned size = target_.output_word_size();
    for (const Fixup& f : bundle_.fixups) {
      const std::uint64_t start = f.import == internal ? place_->base : import(f.import);
      std::byte entry[16];
      store_word(entry, 4, target_.is_big_endian, f.offset);
      store_word(entry + 4, 4, target_.is_big_endian, static_cast<std::uint64_t>(f.kind));
      store_word(entry + 8, size, target_.is_big_endian,
                 start + static_cast<std::uint64_t>(f.addend));
      table.append(reinterpret_cast<const char*>(entry), 8 + size);
    }
  }

  const Bundle& bundle_;
  const Target& target_;
  const Target& emitted_;
  const std::vector<Import>& kinds_;
  const std::string given_;
  const LinkAddresses* place_ = nullptr;
};

}  // namespace cbundle
