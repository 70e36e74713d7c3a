// The relocation records of one section of a layout, decoded: a type, an addend and a value each.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "engine/bundle/image.h"
#include "engine/elf/target.h"

namespace cbundle {

class LinkedTable;

// Valid as long as its table.
struct LinkedRecord {
  const LinkedTable& table;
  Relocation record;
  const RelocationType* type = nullptr;  // null: the target does not know it
  // Nothing where it depends on another record, which is missing.
  std::optional<std::int64_t> addend;

  const Symbol& symbol() const;
  std::uint64_t offset() const;  // of the place in the section
  bool is_inside() const;        // whether the field is wholly among the section's bytes
  std::uint64_t word() const;    // the word that contains the field
  std::uint64_t value() const;   // by the type's formula, for a type that has one of its own
};

class LinkedTable {
 public:
  // Records without addends had them in their fields, which the link overwrote: there, addends are
  // computed back from the fields. All arguments outlive this.
  LinkedTable(const Image& image, const ImageSection& section, const Relocations& table,
              const RelocationTypes& types, const Target& target);

  std::size_t size() const { return table_.records.size(); }
  LinkedRecord operator[](std::size_t i) const;

  // The record that gives an address at `address`, for formula pcrel_lo; size() if none does.
  std::size_t site_at(std::uint64_t address) const;

 private:
  friend struct LinkedRecord;

  std::uint64_t value(const LinkedRecord& of, std::int64_t addend) const;
  std::int64_t held_addend(const LinkedRecord& of) const;

  const Image& image_;
  const Relocations& table_;
  const RelocationTypes& types_;
  const Target& target_;
  LinkedSection section_;
  std::vector<DecodedRelocation> decoded_;  // empty where the records are enough
  // Address and index of each record that site_at() can find, by address; made on first use.
  mutable std::optional<std::vector<std::pair<std::uint64_t, std::size_t>>> sites_;
};

}  // namespace cbundle
