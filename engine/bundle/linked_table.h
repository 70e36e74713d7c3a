// What the relocation records of one section of a layout say: a type, an addend and a value each.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/bundle/image.h"
#include "engine/elf/target.h"

namespace cbundle {

class LinkedTable {
 public:
  // Records without addends left them in their fields, which the link overwrote: there, addends
  // follow from what the fields hold. `image`, `table` and `types` outlive this.
  LinkedTable(const Image& image, const Piece& piece, const Relocations& table,
              const RelocationTypes& types, const Target& target);

  std::size_t size() const { return meanings_.size(); }
  const Relocation& record(std::size_t i) const { return table_.records[i]; }
  const Symbol& symbol(std::size_t i) const { return section_.symbol(record(i)); }
  const RelocationType* type(std::size_t i) const { return meanings_[i].type; }
  // Nothing where only another record could tell it and there is none such.
  std::optional<std::int64_t> addend(std::size_t i) const { return meanings_[i].addend; }
  // Of the place in the section.
  std::uint64_t offset(std::size_t i) const {
    return target_.narrow(record(i).offset - section_.address);
  }
  // Whether the field is wholly among the section's bytes.
  bool is_inside(std::size_t i) const;

  // The word that the field lies in.
  std::uint64_t word(std::size_t i) const;

  // By the type's formula, for a type that has one of its own.
  std::uint64_t value(std::size_t i) const;

  // The record that gives an address at `address`, for formula site_value; size() if none does.
  std::size_t site_at(std::uint64_t address) const;

 private:
  std::uint64_t value(std::size_t i, std::int64_t addend) const;
  std::int64_t held_addend(std::size_t i) const;

  const Image& image_;
  const Relocations& table_;
  const Target& target_;
  LinkedSection section_;
  std::vector<Meaning> meanings_;
};

}  // namespace cbundle
