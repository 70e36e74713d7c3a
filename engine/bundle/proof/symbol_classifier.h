// Where a symbol's address comes from, by how it moved between the two layouts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/bundle/image.h"

namespace cbundle {

enum class SymbolOrigin : std::uint8_t {
  inside,        // is in the bundle and moves with it
  import,        // is in a section of the import stub
  constant,      // the same in both layouts
  undefined,     // weak
  outside,       // moves with the bundle, or is in a section, but is not part of the bundle
  inconsistent,  // moved by another distance
};

struct SymbolClass {
  SymbolOrigin origin = SymbolOrigin::outside;
  std::uint32_t import = internal;
  std::int64_t offset = 0;  // from the import's start: a script may say `row2 = row + 8;`
  bool operator==(const SymbolClass&) const = default;
};

class SymbolClassifier {
 public:
  // The layouts outlive this; `imports` is their number.
  SymbolClassifier(const LayoutPair& layouts, std::size_t imports)
      : layouts_(layouts), imports_(imports), classified_(layouts.a.elf->symbols().size()) {}

  // The class of a record's symbol, given by its index in each layout; nothing where the two are
  // different symbols. Indices may differ: a template may define a symbol in one layout only.
  std::optional<SymbolClass> classify(std::uint32_t in_a, std::uint32_t in_b);

 private:
  struct Classified {
    std::uint32_t index_in_b = 0;
    SymbolClass symbol_class;
  };

  SymbolClass class_of(const Symbol& a, const Symbol& b) const;
  std::optional<SymbolClass> as_import(const ElfFile& layout, const Symbol& s) const;

  const LayoutPair& layouts_;
  const std::size_t imports_;
  std::vector<std::optional<Classified>> classified_;  // by layout A's index, filled as needed
};

}  // namespace cbundle
