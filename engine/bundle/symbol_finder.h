// Which function or variable a byte belongs to, in the partial link's object or in a layout, and
// what messages call it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/elf/elf_file.h"
#include "engine/elf/target.h"

namespace cbundle {

// Whether the source has a name for what the symbol defines: false for the symbols of sections and
// files, and for the compiler's own labels.
bool is_source_symbol(const Symbol& symbol);

// The name in the source: compilers add ".0" to static variables of functions, and ".cold" to parts
// of functions.
std::string_view name_in_source(const Symbol& symbol);

bool is_variable(const Symbol& symbol);

// "function 'run'", "variable 'names'"
std::string kind_and_name(const Symbol& symbol);

// A relocation record of a type that the target knows.
struct RecordUse {
  const Relocations& table;
  const Relocation& record;
  const RelocationType& type;
  SectionOffset place() const { return {table.section, record.offset}; }
};

// Offsets are addresses where the file's symbols have these: in a layout.
class SymbolFinder {
 public:
  // Reads and sorts the symbols: for builds that fail. The file outlives this.
  explicit SymbolFinder(const ElfFile& elf);

  // The function or variable that contains a place; null between them.
  const Symbol* symbol_at(const SectionOffset& place) const;

  // Where a symbol's bytes start: without the bit that marks Thumb functions.
  std::uint64_t start_of(const Symbol& symbol) const;

  // An error whose subject is the function, variable or section at `place`: with `predicate` "uses
  // undefined symbol 'f'", "function 'run' uses undefined symbol 'f'".
  Diagnostic error_at(const SectionOffset& place, std::string_view predicate,
                      std::string hint) const;
  // The same about a relocation record.
  Diagnostic error_at(const RecordUse& use, std::string_view predicate, std::string hint) const;

  // "'parse'", "the string "north"", "a constant in .rodata": what a record refers to, by its
  // symbol and, where known, the place.
  std::string description_of(const Symbol& symbol,
                             const std::optional<SectionOffset>& referenced) const;

 private:
  const ElfFile& elf_;
  std::vector<const Symbol*> sorted_;  // by section, then by start
};

// The place of a record's S + A in the partial object, as far as it is known before a layout.
std::optional<SectionOffset> relocation_target(const ElfFile& partial, const Target& target,
                                               const RecordUse& use);

}  // namespace cbundle
