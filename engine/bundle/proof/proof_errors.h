// Errors in two layouts, with places in the partial link's object, because its debug information
// has the source lines.
#pragma once

#include <optional>
#include <string>

#include "engine/base/diagnostic.h"
#include "engine/bundle/proof/linked_table.h"
#include "engine/bundle/proof/symbol_classifier.h"
#include "engine/bundle/symbol_finder.h"

namespace cbundle {

// A relocation record of layout A, its counterpart in layout B, and the field that both fill in.
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

class ProofErrors {
 public:
  // Both files outlive this.
  ProofErrors(const ElfFile& partial, const ElfFile& layout_a)
      : partial_(partial), layout_(layout_a) {}

  bool empty() const { return errors_.empty(); }
  Diagnostics take() { return std::move(errors_); }

  void add(std::string message, std::string hint = {});

  // The subject of the message is the function, variable or section at a place of layout A.
  void add_at(const ImageSection& section, std::uint64_t offset, std::string_view predicate,
              std::string hint = {});
  void add_at(const RelocationSite& site, std::string_view predicate, std::string hint = {});

 private:
  Diagnostic error_at(const ImageSection& section, std::uint64_t offset, std::string_view predicate,
                      std::string hint);
  const Symbol* only_counterpart_of(const Symbol& named) const;

  const ElfFile& partial_;
  const ElfFile& layout_;
  std::optional<SymbolFinder> names_;  // of layout A; made for the first error
  Diagnostics errors_;
};

}  // namespace cbundle
