// The global offset table of a MIPS bundle, whose words have no relocation records.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/bundle/proof/symbol_classifier.h"

namespace cbundle {

// A word that holds an import's address, or an address inside the bundle.
struct GotWord {
  std::uint64_t offset = 0;         // in the image
  std::uint32_t import = internal;  // index, or internal
  std::int64_t addend = 0;          // to the import, or to the bundle's start
};

class GotTable {
 public:
  // The layouts outlive the table.
  explicit GotTable(const LayoutPair& layouts) : layouts_(layouts) {}

  // A word in both layouts, or a value in both.
  struct InBoth {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
  };

  // Notes that code reads the words at `slot`, addresses, for the address of a symbol of that
  // class; the word of a symbol inside may hold its address rounded to 64 KB. Returns what is wrong
  // with the word, to be put after "a word of the global offset table that "; empty: nothing.
  std::string_view check_slot(const InBoth& slot, const SymbolClass& symbol_class,
                              const InBoth& expected);

  struct Words {
    std::vector<GotWord> words;              // by offset
    std::vector<std::uint64_t> unexplained;  // offsets in the image
  };
  // Every word is constant, an import's address, or moved with the bundle.
  Words words() const;

 private:
  std::optional<std::uint64_t> word_at(const Image& image, std::uint64_t address) const;

  const LayoutPair& layouts_;
  std::map<std::uint64_t, SymbolClass> uses_;  // by address in layout A
};

}  // namespace cbundle
