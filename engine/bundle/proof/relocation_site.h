// A relocation record of layout A, its twin in layout B, and the field that both fill in.
#pragma once

#include "engine/bundle/proof/linked_table.h"
#include "engine/bundle/proof/symbol_classifier.h"

namespace cbundle {

struct RelocationSite {
  const ImageSection& section;
  LinkedRecord a;
  LinkedRecord b;
  SymbolClass symbol_class;

  const RelocationType& type() const { return *a.type; }
  const Symbol& symbol() const { return a.symbol(); }
  std::int64_t addend() const { return a.addend.value_or(0); }
  std::uint64_t offset_in_image() const { return section.offset + a.offset(); }

  // Whether the fields hold exactly these values.
  bool holds(std::uint64_t value_a, std::uint64_t value_b) const {
    const Field& field = type().field;
    const std::uint64_t word_a = a.word();
    const std::uint64_t word_b = b.word();
    return field.encode(value_a, word_a) == word_a && field.encode(value_b, word_b) == word_b;
  }
};

}  // namespace cbundle
