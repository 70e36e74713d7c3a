#include "engine/elf/dialect.h"

#include <array>
#include <string>
#include <string_view>

namespace cbundle {
namespace {

// Not in every <elf.h>. Source: MIPS ELF ABI extensions as binutils has them, include/elf/mips.h.
constexpr std::uint32_t mips_n32 = 0x20;
constexpr std::uint32_t mips_micromips = 0x02000000;
constexpr std::uint32_t mips_mips16 = 0x04000000;

struct Dialect {
  std::string_view name;
  std::string_view hint;
  bool (*fits)(const ElfFile& object);
};

constexpr std::array dialects{
    Dialect{"x32 code (64-bit x86 with 32-bit pointers)", "compile with -m64 or -m32",
            [](const ElfFile& o) { return o.machine() == EM_X86_64 && !o.is_64(); }},
    Dialect{"MIPS n32 code", "compile with -mabi=64 or -mabi=32",
            [](const ElfFile& o) {
              return o.machine() == EM_MIPS && !o.is_64() && (o.flags() & mips_n32) != 0;
            }},
    Dialect{
        "MIPS16 code", "compile with -mno-mips16",
        [](const ElfFile& o) { return o.machine() == EM_MIPS && (o.flags() & mips_mips16) != 0; }},
    Dialect{"microMIPS code", "compile with -mno-micromips",
            [](const ElfFile& o) {
              return o.machine() == EM_MIPS && (o.flags() & mips_micromips) != 0;
            }},
    Dialect{"big-endian ARM code", "compile with -mlittle-endian",
            [](const ElfFile& o) { return o.machine() == EM_ARM && o.is_big_endian(); }},
    Dialect{"big-endian AArch64 code", "compile with -mlittle-endian",
            [](const ElfFile& o) { return o.machine() == EM_AARCH64 && o.is_big_endian(); }},
    Dialect{"AArch64 code with 32-bit pointers (ILP32)", "compile with -mabi=lp64",
            [](const ElfFile& o) { return o.machine() == EM_AARCH64 && !o.is_64(); }},
    Dialect{"big-endian RISC-V code", "compile with -mlittle-endian",
            [](const ElfFile& o) { return o.machine() == EM_RISCV && o.is_big_endian(); }},
};

}  // namespace

Result<void> require_known_dialect(const ElfFile& object) {
  for (const Dialect& dialect : dialects) {
    if (!dialect.fits(object)) continue;
    return Error{ErrorKind::bad_input, "holds " + std::string(dialect.name) +
                                           ", which cbundle cannot bundle\n  " +
                                           std::string(dialect.hint)};
  }
  return {};
}

}  // namespace cbundle
