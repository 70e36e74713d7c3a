#include "engine/bundle/check/absolute_address.h"

#include "engine/base/text.h"

namespace cbundle {
namespace {

// Sections are fewer than 2^24 and smaller than 2^40 in whatever fits in memory.
std::uint64_t key_of(const SectionOffset& place) {
  return std::uint64_t{place.section} << 40 ^ place.offset;
}

bool is_word(const RelocationType& type) {
  return type.fixup == FixupKind::word32 || type.fixup == FixupKind::word64;
}

}  // namespace

const SymbolMap& AbsoluteAddresses::names() {
  if (!names_) names_.emplace(elf_);
  return *names_;
}

void AbsoluteAddresses::check(const Relocations& table, const Relocation& r,
                              const RelocationType& type) {
  const Symbol& symbol = elf_.symbols()[r.symbol];
  if (symbol.is_absolute()) return;
  const Use use{table, r, type};
  if (mode_ == Mode::pic) {
    const std::optional<SectionOffset> aim = relocation_target(elf_, target_, table, r, type);
    if (target_.keeps_got && is_of_code(use)) {
      tell_code(use, aim);
    } else if (!tell_jump_table(use, aim)) {
      tell_absolute(use, aim);
    }
    return;
  }
  // What a script defines may be a constant; the layouts show.
  if (symbol.is_undefined() && !imports_.contains(symbol.name)) return;
  if (can_be_fixed_up(use)) return;
  tell_unfixable(use, relocation_target(elf_, target_, table, r, type));
}

bool AbsoluteAddresses::can_be_fixed_up(const Use& use) {
  if (use.type.fixup == FixupKind::none) return false;
  if (!target_.is_64) return true;
  if (use.type.fixup == FixupKind::mips_hi16) return is_part_of_four(use);
  return use.type.fixup != FixupKind::word32;
}

// MIPS n64 code loads an address by four instructions, or by two where it takes it for a low one.
bool AbsoluteAddresses::is_part_of_four(const Use& use) {
  if (whole_addresses_of_ != &use.table) {
    whole_addresses_of_ = &use.table;
    whole_addresses_.clear();
    for (const Relocation& r : use.table.records) {
      const RelocationType* type = type_of(target_, r.type);
      if (type == nullptr || type->fixup != FixupKind::mips_highest) continue;
      whole_addresses_.emplace(r.symbol, r.addend);
    }
  }
  return whole_addresses_.contains({use.record.symbol, use.record.addend});
}

// A word that no variable holds, and that leads into the midst of a function: such words are made
// of switches. Where it lies in code, that is the same function's.
const Symbol* AbsoluteAddresses::function_of_entry(const Use& use, const SectionOffset& aim) {
  if (!is_word(use.type) || !elf_.sections()[aim.section].is_code()) return nullptr;
  const Symbol* holder = names().symbol_at(use.place());
  const Symbol* function = names().symbol_at(aim);
  if (function == nullptr || (holder != nullptr && holder != function)) return nullptr;
  const bool is_whole = name_in_source(*function) == function->name;  // not "parse.cold"
  if (is_whole && names().start_of(*function) == aim.offset) return nullptr;
  return function;
}

void AbsoluteAddresses::find_jump_tables() {
  jump_tables_.emplace();
  const RelocationTypes types(target_);
  for (const Relocations& table : elf_.relocations()) {
    for (const Relocation& r : table.records) {
      const RelocationType* type = types.find(r.type);
      if (type == nullptr || type->formula != Formula::absolute) continue;
      const Use use{table, r, *type};
      const std::optional<SectionOffset> aim = relocation_target(elf_, target_, table, r, *type);
      const Symbol* function = aim ? function_of_entry(use, *aim) : nullptr;
      if (function != nullptr) jump_tables_->emplace(key_of(use.place()), Entry{function, type});
    }
  }
}

const AbsoluteAddresses::Entry* AbsoluteAddresses::entry_at(const SectionOffset& place) {
  if (!jump_tables_) find_jump_tables();
  const auto found = jump_tables_->find(key_of(place));
  return found == jump_tables_->end() ? nullptr : &found->second;
}

bool AbsoluteAddresses::is_of_code(const Use& use) {
  return elf_.sections()[use.table.section].is_code() || entry_at(use.place()) != nullptr;
}

// Code of such a machine is never free of them, whatever it is compiled with: one cause for all.
void AbsoluteAddresses::tell_code(const Use& use, const std::optional<SectionOffset>& aim) {
  const Symbol& symbol = elf_.symbols()[use.record.symbol];
  if (problems_.has(code_in_wrong_mode) || symbol.name == "_gp_disp") return;
  problems_.add(code_in_wrong_mode, {.message = "needs the absolute address of " +
                                                description_of(elf_, names(), symbol, aim) + " (" +
                                                std::string(use.type.name) + ")",
                                     .hint = "use --mode selfreloc",
                                     .place = use.place()});
}

// The table's entries and the code that reads it are one cause, told where the code is if that
// comes first, as it does where the table is not in the code itself.
bool AbsoluteAddresses::tell_jump_table(const Use& use, const std::optional<SectionOffset>& aim) {
  if (!aim) return false;
  const Entry* own = entry_at(use.place());
  const Entry* entry = own != nullptr ? own : entry_at(*aim);
  if (entry == nullptr) return false;
  const std::string cause =
      "jump table of " + std::to_string(entry->function - elf_.symbols().data());
  if (problems_.has(cause)) return true;
  problems_.add(cause, {.message = "the jump table of a switch holds absolute addresses (" +
                                   std::string(entry->type->name) + ")",
                        .hint = "compile with -fpic, or with -fno-jump-tables",
                        .place = own != nullptr ? *aim : use.place()});
  return true;
}

// What repeats itself in one function or variable is told once.
std::string AbsoluteAddresses::subject_of(const Use& use) {
  const Symbol* subject = names().symbol_at(use.place());
  if (subject == nullptr) return "section " + std::to_string(use.table.section);
  return "symbol " + std::to_string(subject - elf_.symbols().data());
}

void AbsoluteAddresses::tell_absolute(const Use& use, const std::optional<SectionOffset>& aim) {
  const std::string cause = "absolute address in " + subject_of(use);
  if (problems_.has(cause, use.record.type)) return;
  const Symbol& symbol = elf_.symbols()[use.record.symbol];
  problems_.add(
      cause, use.record.type,
      {.message = "needs the absolute address of " + description_of(elf_, names(), symbol, aim) +
                  " (" + std::string(use.type.name) + ")",
       .hint = hint_for_absolute(use),
       .place = use.place()});
}

std::string AbsoluteAddresses::hint_for_absolute(const Use& use) const {
  if (!elf_.sections()[use.table.section].is_code()) {
    return "store offsets instead of pointers (a switch does it for you, clang's with "
           "-fno-jump-tables), or use --mode selfreloc";
  }
  return "compile with -fpic";
}

void AbsoluteAddresses::tell_unfixable(const Use& use, const std::optional<SectionOffset>& aim) {
  const std::string cause = "unfixable address in " + subject_of(use);
  if (problems_.has(cause, use.record.type)) return;
  const Symbol& symbol = elf_.symbols()[use.record.symbol];
  const std::string what = description_of(elf_, names(), symbol, aim);
  const std::string type = " (" + std::string(use.type.name) + ")";
  const bool is_low = target_.is_64 && target_.machine != EM_AARCH64;
  problems_.add(cause, use.record.type,
                {.message = is_low ? "takes the address of " + what + " for a low one" + type +
                                         ", but a bundle may lie anywhere"
                                   : "needs the absolute address of " + what +
                                         " in a field that no fixup can change" + type,
                 .hint = hint_for_unfixable(use),
                 .place = use.place()});
}

std::string AbsoluteAddresses::hint_for_unfixable(const Use& use) const {
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
