#include "engine/elf/target.h"

#include <algorithm>
#include <array>

#include "engine/elf/target/targets.h"

namespace cbundle {
namespace {

constexpr std::array known{&target::i386, &target::x86_64};

}  // namespace

std::uint64_t Field::mask() const {
  std::uint64_t changed = 0;
  const std::uint64_t zero = encode(0, 0);
  for (unsigned bit = 0; bit < 64; ++bit) {
    changed |= encode(std::uint64_t{1} << bit, 0) ^ zero;
    changed |= encode((std::uint64_t{1} << bit) - 1, 0) ^ zero;  // carries, in %hi-like fields
  }
  return changed;
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

const RelocationType* type_of(const Target& target, std::uint32_t number) {
  const auto found = std::ranges::find(target.types, number, &RelocationType::number);
  return found == target.types.end() ? nullptr : &*found;
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

std::uint64_t load_word(const std::byte* at, unsigned size, bool big_endian) {
  std::uint64_t word = 0;
  for (unsigned i = 0; i < size; ++i) {
    const unsigned from = big_endian ? i : size - 1 - i;
    word = word << 8 | std::to_integer<std::uint64_t>(at[from]);
  }
  return word;
}

void store_word(std::byte* at, unsigned size, bool big_endian, std::uint64_t word) {
  for (unsigned i = 0; i < size; ++i, word >>= 8) {
    at[big_endian ? size - 1 - i : i] = static_cast<std::byte>(word);
  }
}

}  // namespace cbundle
