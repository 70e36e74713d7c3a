// i386 code carried by x86-64 objects, and x86-64.
//
// Source: System V ABI, i386 supplement 4.1 and AMD64 supplement 1.0, relocation types.

#include <array>

#include "engine/elf/target/targets.h"

namespace cbundle::target {
namespace {

using enum Formula;
using field::plain;

constexpr std::array<std::string_view, 4> linkers{"ld", "x86_64-linux-gnu-ld", "ld.lld",
                                                  "ld.lld-14"};
// ld folds `cmp foo@GOTPCREL` to an absolute immediate otherwise.
constexpr std::array<std::string_view, 1> linker_flags{"--no-relax"};

constexpr std::array i386_types{
    RelocationType{R_386_NONE, "R_386_NONE", none, {}},
    RelocationType{R_386_32, "R_386_32", absolute, plain<32>, FixupKind::word32},
    RelocationType{R_386_PC32, "R_386_PC32", relative, plain<32>},
    RelocationType{R_386_PLT32, "R_386_PLT32", relative, plain<32>},
    RelocationType{R_386_GOT32, "R_386_GOT32", got_slot, plain<32>},
    RelocationType{R_386_GOT32X, "R_386_GOT32X", got_slot, plain<32>},
    RelocationType{R_386_GOTOFF, "R_386_GOTOFF", got_relative, plain<32>},
    RelocationType{R_386_GOTPC, "R_386_GOTPC", got_address, plain<32>},
    RelocationType{R_386_16, "R_386_16", absolute, plain<16>},
    RelocationType{R_386_PC16, "R_386_PC16", relative, plain<16>},
    RelocationType{R_386_8, "R_386_8", absolute, plain<8>},
    RelocationType{R_386_PC8, "R_386_PC8", relative, plain<8>},
    RelocationType{R_386_TLS_IE, "R_386_TLS_IE", thread_local_, plain<32>},
    RelocationType{R_386_TLS_GOTIE, "R_386_TLS_GOTIE", thread_local_, plain<32>},
    RelocationType{R_386_TLS_LE, "R_386_TLS_LE", thread_local_, plain<32>},
    RelocationType{R_386_TLS_GD, "R_386_TLS_GD", thread_local_, plain<32>},
    RelocationType{R_386_TLS_LDM, "R_386_TLS_LDM", thread_local_, plain<32>},
    RelocationType{R_386_TLS_LDO_32, "R_386_TLS_LDO_32", thread_local_, plain<32>},
};

constexpr std::array x86_64_types{
    RelocationType{R_X86_64_NONE, "R_X86_64_NONE", none, {}},
    RelocationType{R_X86_64_64, "R_X86_64_64", absolute, plain<64>, FixupKind::word64},
    RelocationType{R_X86_64_PC32, "R_X86_64_PC32", relative, plain<32>},
    RelocationType{R_X86_64_PLT32, "R_X86_64_PLT32", relative, plain<32>},
    RelocationType{R_X86_64_32, "R_X86_64_32", absolute, plain<32>, FixupKind::word32},
    RelocationType{R_X86_64_32S, "R_X86_64_32S", absolute, plain<32>, FixupKind::word32},
    RelocationType{R_X86_64_16, "R_X86_64_16", absolute, plain<16>},
    RelocationType{R_X86_64_PC16, "R_X86_64_PC16", relative, plain<16>},
    RelocationType{R_X86_64_8, "R_X86_64_8", absolute, plain<8>},
    RelocationType{R_X86_64_PC8, "R_X86_64_PC8", relative, plain<8>},
    RelocationType{R_X86_64_PC64, "R_X86_64_PC64", relative, plain<64>},
    RelocationType{R_X86_64_GOTOFF64, "R_X86_64_GOTOFF64", got_relative, plain<64>},
    RelocationType{R_X86_64_GOTPC32, "R_X86_64_GOTPC32", got_address, plain<32>},
    RelocationType{R_X86_64_GOTPC64, "R_X86_64_GOTPC64", got_address, plain<64>},
    RelocationType{R_X86_64_GOT32, "R_X86_64_GOT32", got_slot, plain<32>},
    RelocationType{R_X86_64_GOT64, "R_X86_64_GOT64", got_slot, plain<64>},
    RelocationType{R_X86_64_GOTPCREL, "R_X86_64_GOTPCREL", got_slot, plain<32>},
    RelocationType{R_X86_64_GOTPCREL64, "R_X86_64_GOTPCREL64", got_slot, plain<64>},
    RelocationType{R_X86_64_GOTPCRELX, "R_X86_64_GOTPCRELX", got_slot, plain<32>},
    RelocationType{R_X86_64_REX_GOTPCRELX, "R_X86_64_REX_GOTPCRELX", got_slot, plain<32>},
    RelocationType{R_X86_64_TLSGD, "R_X86_64_TLSGD", thread_local_, plain<32>},
    RelocationType{R_X86_64_TLSLD, "R_X86_64_TLSLD", thread_local_, plain<32>},
    RelocationType{R_X86_64_DTPOFF32, "R_X86_64_DTPOFF32", thread_local_, plain<32>},
    RelocationType{R_X86_64_GOTTPOFF, "R_X86_64_GOTTPOFF", thread_local_, plain<32>},
    RelocationType{R_X86_64_TPOFF32, "R_X86_64_TPOFF32", thread_local_, plain<32>},
    RelocationType{R_X86_64_TPOFF64, "R_X86_64_TPOFF64", thread_local_, plain<64>},
};

// i386 fields become x86-64 records. S + A - GOT is S + (A + P - GOT) - P: where the place and
// the GOT keep their distance, a reference through the GOT's address is a relative one.
std::optional<NativeRelocation> carry_i386(const RelocationType& type, std::int64_t addend,
                                           const FieldPlace& place) {
  if (type.field.size != 4) return std::nullopt;
  switch (type.formula) {
    case relative: return NativeRelocation{R_X86_64_PC32, addend};
    case absolute: return NativeRelocation{R_X86_64_32, addend};
    case got_relative: {
      // Arithmetic of 32-bit code wraps at 32 bits, and so must the sum.
      const std::uint64_t sum = static_cast<std::uint64_t>(addend) + place.offset - place.got;
      return NativeRelocation{R_X86_64_PC32, static_cast<std::int32_t>(sum)};
    }
    default: return std::nullopt;
  }
}

std::optional<NativeRelocation> carry_x86_64(const RelocationType& type, std::int64_t addend,
                                             const FieldPlace& place) {
  if (type.formula == got_relative) {
    return NativeRelocation{R_X86_64_PC64,
                            addend + static_cast<std::int64_t>(place.offset - place.got)};
  }
  return NativeRelocation{type.number, addend};
}

}  // namespace

constinit const Target i386{
    .name = "i386",
    .machine = EM_386,
    .is_64 = false,
    .is_big_endian = false,
    .granule = 16,
    .emulation = "elf_i386",
    .linker_flags = linker_flags,
    .linkers = linkers,
    .types = i386_types,
    .output_machine = EM_X86_64,
    .output_is_64 = true,
    .output_word = R_X86_64_64,
    .carry = carry_i386,
};

constinit const Target x86_64{
    .name = "x86_64",
    .machine = EM_X86_64,
    .is_64 = true,
    .is_big_endian = false,
    .granule = 16,
    .emulation = "elf_x86_64",
    .linker_flags = linker_flags,
    .linkers = linkers,
    .types = x86_64_types,
    .output_machine = EM_X86_64,
    .output_is_64 = true,
    .output_word = R_X86_64_64,
    .carry = carry_x86_64,
};

}  // namespace cbundle::target
