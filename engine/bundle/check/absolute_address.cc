#include "engine/bundle/check/absolute_address.h"

namespace cbundle {
namespace {

// Files that fit in memory have fewer than 2^24 sections, each smaller than 2^40 bytes.
std::uint64_t key_of(const SectionOffset& place) {
  return std::uint64_t{place.section} << 40 ^ place.offset;
}

bool is_word(const RelocationType& type) {
  return type.fixup == FixupKind::word32 || type.fixup == FixupKind::word64;
}

}  // namespace

const SymbolFinder& AbsoluteAddressChecker::names() {
  if (!names_) names_.emplace(elf_);
  return *names_;
}

void AbsoluteAddressChecker::check(const RecordUse& use) {
  const Symbol& symbol = elf_.symbols()[use.record.symbol];
  if (symbol.is_absolute()) return;
  if (mode_ == Mode::pic) {
    const auto referenced = relocation_target(elf_, target_, use);
    if (report_jump_table(use, referenced)) return;
    return report_absolute(use, referenced);
  }
  // A symbol that the script defines may be a constant; only the layouts show it.
  if (symbol.is_undefined() && !imports_.contains(symbol.name)) return;
  if (!can_be_fixed_up(use)) report_unfixable(use);
}

bool AbsoluteAddressChecker::can_be_fixed_up(const RecordUse& use) {
  if (use.type.fixup == FixupKind::none) return false;
  if (!target_.is_64) return true;
  if (use.type.fixup == FixupKind::mips_hi16) return loads_64_bit_address(use);
  return use.type.fixup != FixupKind::word32;
}

// MIPS n64 code loads an address by four instructions; by two, only one that fits in 32 bits.
bool AbsoluteAddressChecker::loads_64_bit_address(const RecordUse& use) {
  if (upper_halves_of_ != &use.table) {
    upper_halves_of_ = &use.table;
    symbols_with_upper_halves_.clear();
    for (const Relocation& r : use.table.records) {
      const RelocationType* type = type_of(target_, r.type);
      if (type == nullptr || type->fixup != FixupKind::mips_highest) continue;
      symbols_with_upper_halves_.emplace(r.symbol, r.addend);
    }
  }
  return symbols_with_upper_halves_.contains({use.record.symbol, use.record.addend});
}

// Compilers make the jump tables of switches of words that are in no variable and refer to the
// middle of a function. A table in code belongs to the function around it.
const Symbol* AbsoluteAddressChecker::function_of_entry(const RecordUse& use,
                                                        const SectionOffset& referenced) {
  if (!is_word(use.type) || !elf_.sections()[referenced.section].is_code()) return nullptr;
  const Symbol* holder = names().symbol_at(use.place());
  const Symbol* function = names().symbol_at(referenced);
  if (function == nullptr || (holder != nullptr && holder != function)) return nullptr;
  const bool is_whole = name_in_source(*function) == function->name;  // not "parse.cold"
  if (is_whole && names().start_of(*function) == referenced.offset) return nullptr;
  return function;
}

void AbsoluteAddressChecker::find_jump_tables() {
  jump_tables_.emplace();
  const RelocationTypes types(target_);
  for (const Relocations& table : elf_.relocations()) {
    for (const Relocation& r : table.records) {
      const RelocationType* type = types.find(r.type);
      if (type == nullptr || type->formula != Formula::absolute) continue;
      const RecordUse use{table, r, *type};
      const auto referenced = relocation_target(elf_, target_, use);
      const Symbol* function = referenced ? function_of_entry(use, *referenced) : nullptr;
      if (function != nullptr) jump_tables_->emplace(key_of(use.place()), Entry{function, type});
    }
  }
}

const AbsoluteAddressChecker::Entry* AbsoluteAddressChecker::entry_at(const SectionOffset& place) {
  if (!jump_tables_) find_jump_tables();
  const auto found = jump_tables_->find(key_of(place));
  return found == jump_tables_->end() ? nullptr : &found->second;
}

bool AbsoluteAddressChecker::is_of_code(const RecordUse& use) {
  return elf_.sections()[use.table.section].is_code() || entry_at(use.place()) != nullptr;
}

// The record is an entry of the table, or the code that loads the table's address. MIPS code has
// absolute addresses anyway.
bool AbsoluteAddressChecker::report_jump_table(const RecordUse& use,
                                               const std::optional<SectionOffset>& referenced) {
  if (!referenced || (target_.includes_got && is_of_code(use))) return false;
  const Entry* own = entry_at(use.place());
  const Entry* entry = own != nullptr ? own : entry_at(*referenced);
  if (entry == nullptr) return false;
  const std::string cause =
      "jump table of " + std::to_string(entry->function - elf_.symbols().data());
  if (problems_.has(cause)) return true;
  const SectionOffset table = own != nullptr ? use.place() : *referenced;
  const SectionOffset jump = own != nullptr ? *referenced : use.place();
  Diagnostic error =
      names().error_at(jump, "has a switch whose jump table holds absolute addresses",
                       "compile with -fpic, or with -fno-jump-tables");
  error.relocation = entry->type->name;
  error.target = entry->function->name;
  error.section = elf_.sections()[table.section].name;
  error.offset = table.offset;
  problems_.add(cause, std::move(error));
  return true;
}

// Of each cause, one problem per function or variable.
std::string AbsoluteAddressChecker::cause_in_symbol(std::string_view what, const RecordUse& use) {
  const Symbol* symbol = names().symbol_at(use.place());
  return std::string(what) + (symbol == nullptr
                                  ? " in section " + std::to_string(use.table.section)
                                  : " in symbol " + std::to_string(symbol - elf_.symbols().data()));
}

// MIPS code always has absolute addresses, whatever it is compiled with: one cause for all.
void AbsoluteAddressChecker::report_absolute(const RecordUse& use,
                                             const std::optional<SectionOffset>& referenced) {
  const Symbol& symbol = elf_.symbols()[use.record.symbol];
  const bool is_mips_code = target_.includes_got && is_of_code(use);
  if (is_mips_code && (symbol.name == "_gp_disp" || problems_.has(mips_needs_selfreloc))) return;
  const std::string cause =
      is_mips_code ? mips_needs_selfreloc : cause_in_symbol("absolute address", use);
  if (!is_mips_code && problems_.has(cause, use.record.type)) return;
  problems_.add(
      cause, use.record.type,
      names().error_at(
          use, "needs the absolute address of " + names().description_of(symbol, referenced),
          is_mips_code ? "use --mode selfreloc" : hint_for_absolute(use)));
}

std::string AbsoluteAddressChecker::hint_for_absolute(const RecordUse& use) const {
  if (elf_.sections()[use.table.section].is_code()) return "compile with -fpic";
  return "store offsets instead of pointers (a switch does it for you, clang's with "
         "-fno-jump-tables), or use --mode selfreloc";
}

void AbsoluteAddressChecker::report_unfixable(const RecordUse& use) {
  const std::string cause = cause_in_symbol("unfixable address", use);
  if (problems_.has(cause, use.record.type)) return;
  const std::string address = names().description_of(elf_.symbols()[use.record.symbol],
                                                     relocation_target(elf_, target_, use));
  const bool is_short = target_.is_64 && target_.machine != EM_AARCH64;
  const std::string predicate =
      is_short
          ? "assumes that the address of " + address +
                " fits in 32 bits, but a bundle may be placed anywhere"
          : "needs the absolute address of " + address + " in a field that no fixup can change";
  problems_.add(cause, use.record.type, names().error_at(use, predicate, hint_for_unfixable(use)));
}

std::string AbsoluteAddressChecker::hint_for_unfixable(const RecordUse& use) const {
  if (!elf_.sections()[use.table.section].is_code()) {
    return "store the whole address, in " + std::to_string(target_.word_size() * 8) +
           " bits, or an offset";
  }
  switch (target_.machine) {
    case EM_X86_64: return "compile with -fpic, or with -mcmodel=large";
    case EM_RISCV: return "compile with -fpic, or with -mcmodel=medany";
    case EM_AARCH64: return "compile with -fpic, and without -mcmodel=large";
    case EM_MIPS: return "compile with -mno-sym32";
    default: return "compile with -fpic";
  }
}

}  // namespace cbundle
