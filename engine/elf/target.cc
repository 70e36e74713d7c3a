#include "engine/elf/target.h"

#include <algorithm>
#include <array>

#include "engine/elf/target/targets.h"

namespace cbundle {
namespace {

constexpr std::array known{
    &target::i386,    &target::x86_64, &target::arm,    &target::aarch64, &target::riscv64,
    &target::riscv32, &target::mips,   &target::mipsel, &target::mips64,  &target::mips64el,
};

// Larger numbers are rare: those of compound types.
constexpr std::size_t dense_numbers = 1024;

// The formula's value does not change if the whole bundle moves by this alignment.
std::uint64_t granule_of(Formula formula) {
  switch (formula) {
    case Formula::page_relative:
    case Formula::page_offset: return 0x1000;
    case Formula::half_offset:
    case Formula::gp_got_entry: return 0x10000;  // the slot can contain half()
    default: return 1;
  }
}

}  // namespace

std::uint64_t LinkedSection::word(const Relocation& r, const Field& field) const {
  const std::uint64_t at = r.offset - address;
  if (at > content.size() || field.size > content.size() - at) return 0;
  return field.load(content.data() + at, elf.is_big_endian());
}

std::optional<PassthroughRelocation> target::passthrough_unchanged(const RelocationType& type,
                                                                   std::int64_t addend,
                                                                   const FieldPosition&) {
  switch (type.formula) {
    case Formula::absolute:
    case Formula::relative:
    case Formula::page_relative:
    case Formula::page_offset:
    case Formula::pcrel_lo: return PassthroughRelocation{type.number, addend};
    default: return std::nullopt;
  }
}

const Target* target_for(std::uint16_t machine, bool is_64, bool is_big_endian) {
  const auto found = std::ranges::find_if(known, [&](const Target* t) {
    return t->machine == machine && t->is_64 == is_64 && t->is_big_endian == is_big_endian;
  });
  return found == known.end() ? nullptr : *found;
}

const Target* target_named(std::string_view name) {
  const auto found = std::ranges::find(known, name, &Target::name);
  return found == known.end() ? nullptr : *found;
}

std::span<const Target* const> all_targets() { return known; }

const Target& emitted_machine(const Target& target) {
  const Target* emitted =
      target_for(target.output_machine, target.output_is_64, target.is_big_endian);
  return emitted == nullptr ? target : *emitted;
}

const RelocationType* type_of(const Target& target, std::uint32_t number) {
  const auto found = std::ranges::find(target.types, number, &RelocationType::number);
  return found == target.types.end() ? nullptr : &*found;
}

RelocationTypes::RelocationTypes(const Target& target) : target_(target), dense_(dense_numbers) {
  for (const RelocationType& type : target.types) {
    if (type.number < dense_.size()) dense_[type.number] = &type;
  }
}

std::uint64_t granule_of(const Target& target, const ElfFile& partial) {
  std::uint64_t granule = 16;
  const RelocationTypes types(target);
  for (const Relocations& table : partial.relocations()) {
    for (const Relocation& r : table.records) {
      const RelocationType* type = types.find(r.type);
      if (type != nullptr) granule = std::max(granule, granule_of(type->formula));
    }
  }
  return granule;
}

std::string machine_name(std::uint16_t machine, bool is_64) {
  switch (machine) {
    case EM_386: return "i386";
    case EM_X86_64: return is_64 ? "x86-64" : "x32";
    case EM_ARM: return "ARM";
    case EM_AARCH64: return "AArch64";
    case EM_RISCV: return is_64 ? "RISC-V 64" : "RISC-V 32";
    case EM_MIPS: return is_64 ? "MIPS 64" : "MIPS 32";
    case EM_PPC64: return "PowerPC 64";
    case EM_S390: return "s390";
    default: return "machine " + std::to_string(machine);
  }
}

}  // namespace cbundle
