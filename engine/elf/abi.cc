#include "engine/elf/abi.h"

#include <array>
#include <string>
#include <string_view>

namespace cbundle {
namespace {

// Not in every <elf.h>. Source: MIPS ELF ABI extensions as in binutils, include/elf/mips.h.
constexpr std::uint32_t mips_n32 = 0x20;
constexpr std::uint32_t mips_micromips = 0x02000000;
constexpr std::uint32_t mips_mips16 = 0x04000000;

struct Abi {
  std::string_view name;
  std::string_view hint;
  std::uint16_t machine;
  bool (*matches)(const ElfFile& object);
};

bool is_32_bit(const ElfFile& object) { return !object.is_64(); }
bool is_big_endian(const ElfFile& object) { return object.is_big_endian(); }

template <std::uint32_t Flag>
bool has_flag(const ElfFile& object) {
  return (object.flags() & Flag) != 0;
}

constexpr std::array unsupported{
    Abi{"x32 code (64-bit x86 with 32-bit pointers)", "compile with -m64 or -m32", EM_X86_64,
        is_32_bit},
    Abi{"MIPS n32 code", "compile with -mabi=64 or -mabi=32", EM_MIPS,
        [](const ElfFile& object) { return is_32_bit(object) && has_flag<mips_n32>(object); }},
    Abi{"MIPS16 code", "compile with -mno-mips16", EM_MIPS, has_flag<mips_mips16>},
    Abi{"microMIPS code", "compile with -mno-micromips", EM_MIPS, has_flag<mips_micromips>},
    Abi{"big-endian ARM code", "compile with -mlittle-endian", EM_ARM, is_big_endian},
    Abi{"big-endian AArch64 code", "compile with -mlittle-endian", EM_AARCH64, is_big_endian},
    Abi{"AArch64 code with 32-bit pointers (ILP32)", "compile with -mabi=lp64", EM_AARCH64,
        is_32_bit},
    Abi{"big-endian RISC-V code", "compile with -mlittle-endian", EM_RISCV, is_big_endian},
};

}  // namespace

Result<void> require_supported_abi(const ElfFile& object) {
  for (const Abi& abi : unsupported) {
    if (abi.machine != object.machine() || !abi.matches(object)) continue;
    return Error{ErrorKind::bad_input,
                 "contains " + std::string(abi.name) + ", which is not supported",
                 std::string(abi.hint)};
  }
  return {};
}

}  // namespace cbundle
