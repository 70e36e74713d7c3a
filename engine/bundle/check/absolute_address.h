// Absolute addresses in the partial link's object that a bundle cannot hold: in jump tables, in
// tables of pointers, in code compiled for a fixed address.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "engine/bundle/diagnostic_list.h"
#include "engine/bundle/spec.h"
#include "engine/bundle/symbol_finder.h"

namespace cbundle {

// The cause of all that MIPS code needs and mode pic forbids.
inline constexpr auto mips_needs_selfreloc = "code of a machine that has no mode pic";

class AbsoluteAddressChecker {
 public:
  // All outlive this.
  AbsoluteAddressChecker(const ElfFile& partial, const Target& target, Mode mode,
                         const std::unordered_set<std::string_view>& imports,
                         DiagnosticList& problems)
      : elf_(partial), target_(target), mode_(mode), imports_(imports), problems_(problems) {}

  // Checks a record of formula `absolute`.
  void check(const RecordUse& use);

  // Sorted on first use: a bundle without problems needs no names.
  const SymbolFinder& names();

 private:
  // An entry of a switch's jump table.
  struct Entry {
    const Symbol* function = nullptr;  // that jumps by it
    const RelocationType* type = nullptr;
  };

  bool can_be_fixed_up(const RecordUse& use);
  bool loads_64_bit_address(const RecordUse& use);
  const Symbol* function_of_entry(const RecordUse& use, const SectionOffset& referenced);
  const Entry* entry_at(const SectionOffset& place);
  void find_jump_tables();
  bool is_of_code(const RecordUse& use);
  bool report_jump_table(const RecordUse& use, const std::optional<SectionOffset>& referenced);
  void report_absolute(const RecordUse& use, const std::optional<SectionOffset>& referenced);
  void report_unfixable(const RecordUse& use);
  std::string cause_in_symbol(std::string_view what, const RecordUse& use);
  std::string hint_for_absolute(const RecordUse& use) const;
  std::string hint_for_unfixable(const RecordUse& use) const;

  const ElfFile& elf_;
  const Target& target_;
  const Mode mode_;
  const std::unordered_set<std::string_view>& imports_;
  DiagnosticList& problems_;
  std::optional<SymbolFinder> names_;
  std::optional<std::unordered_map<std::uint64_t, Entry>> jump_tables_;  // by place
  // Of the n64 table checked last: the symbols and addends whose upper halves are loaded, too.
  const Relocations* upper_halves_of_ = nullptr;
  std::set<std::pair<std::uint32_t, std::int64_t>> symbols_with_upper_halves_;
};

}  // namespace cbundle
