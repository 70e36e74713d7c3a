// Absolute addresses in the partial link's object that a bundle cannot hold, told by what they are:
// jump tables, tables of pointers, code that was compiled for a fixed place.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "engine/bundle/diagnostic_list.h"
#include "engine/bundle/spec.h"
#include "engine/bundle/symbol_map.h"

namespace cbundle {

// The cause of what code of MIPS needs in any case, and mode pic forbids.
inline constexpr auto code_in_wrong_mode = "code of a machine that has no mode pic";

class AbsoluteAddresses {
 public:
  // All outlive this.
  AbsoluteAddresses(const ElfFile& partial, const Target& target, Mode mode,
                    const std::unordered_set<std::string_view>& imports, DiagnosticList& problems)
      : elf_(partial), target_(target), mode_(mode), imports_(imports), problems_(problems) {}

  // A record of formula `absolute`: a problem, or nothing wrong with it.
  void check(const Relocations& table, const Relocation& r, const RelocationType& type);

  // Sorted once and on demand: a bundle without problems asks for no names.
  const SymbolMap& names();

 private:
  struct Use {
    const Relocations& table;
    const Relocation& record;
    const RelocationType& type;
    SectionOffset place() const { return {table.section, record.offset}; }
  };
  // An entry of a switch's table: the function that jumps by it, and the record's type.
  struct Entry {
    const Symbol* function = nullptr;
    const RelocationType* type = nullptr;
  };

  bool can_be_fixed_up(const Use& use);
  bool is_part_of_four(const Use& use);
  const Symbol* function_of_entry(const Use& use, const SectionOffset& aim);
  const Entry* entry_at(const SectionOffset& place);
  void find_jump_tables();
  bool is_of_code(const Use& use);
  void tell_code(const Use& use, const std::optional<SectionOffset>& aim);
  bool tell_jump_table(const Use& use, const std::optional<SectionOffset>& aim);
  void tell_absolute(const Use& use, const std::optional<SectionOffset>& aim);
  void tell_unfixable(const Use& use, const std::optional<SectionOffset>& aim);
  std::string subject_of(const Use& use);
  std::string hint_for_absolute(const Use& use) const;
  std::string hint_for_unfixable(const Use& use) const;

  const ElfFile& elf_;
  const Target& target_;
  const Mode mode_;
  const std::unordered_set<std::string_view>& imports_;
  DiagnosticList& problems_;
  std::optional<SymbolMap> names_;
  std::optional<std::unordered_map<std::uint64_t, Entry>> jump_tables_;  // by place
  // Of the n64 table looked at last: what has the upper halves of its address loaded too.
  const Relocations* whole_addresses_of_ = nullptr;
  std::set<std::pair<std::uint32_t, std::int64_t>> whole_addresses_;
};

}  // namespace cbundle
