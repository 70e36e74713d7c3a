// What a place in the partial link's object, or in a layout, is called: by the function or variable
// that it lies in, or by the string that is there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/elf/elf_file.h"
#include "engine/elf/target.h"

namespace cbundle {

// Whether people know the symbol: no section's, no file's, no label of the compiler's own.
bool is_source_symbol(const Symbol& symbol);

// The name that its author wrote: compilers add ".0" to static variables of functions, and ".cold"
// to parts of functions.
std::string_view name_in_source(const Symbol& symbol);

bool is_variable(const Symbol& symbol);

class SymbolMap {
 public:
  // Reads and sorts the symbols: for builds that fail. The file outlives this.
  explicit SymbolMap(const ElfFile& partial);

  // The function or variable that a place lies in; null between them. Offsets are addresses where
  // the file's symbols have these.
  const Symbol* symbol_at(const SectionOffset& place) const;

  // Where a symbol's bytes start: without the bit that tells Thumb functions.
  std::uint64_t start_of(const Symbol& symbol) const;

 private:
  const ElfFile& elf_;
  std::vector<const Symbol*> sorted_;  // by section, then by start
};

// Where a record's S + A lies, as far as it can be told before a layout.
std::optional<SectionOffset> relocation_target(const ElfFile& partial, const Target& target,
                                               const Relocations& table, const Relocation& r,
                                               const RelocationType& type);

// "`parse'", "the string "north"", "a constant in .rodata"
std::string description_of(const ElfFile& partial, const SymbolMap& names, const Symbol& symbol,
                           const std::optional<SectionOffset>& aim);

}  // namespace cbundle
