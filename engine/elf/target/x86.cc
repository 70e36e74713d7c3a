// i386, emitted as x86-64 objects, and x86-64.
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

constexpr std::array i386_types{
    RelocationType{R_386_NONE, "R_386_NONE", none, {}},
    RelocationType{R_386_32, "R_386_32", absolute, plain<32>, FixupKind::word32},
    RelocationType{R_386_PC32, "R_386_PC32", relative, plain<32>},
    RelocationType{R_386_PLT32, "R_386_PLT32", relative, plain<32>},
    RelocationType{R_386_GOT32, "R_386_GOT32", got_entry, plain<32>},
    RelocationType{R_386_GOT32X, "R_386_GOT32X", got_entry, plain<32>},
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
    RelocationType{R_X86_64_GOT32, "R_X86_64_GOT32", got_entry, plain<32>},
    RelocationType{R_X86_64_GOT64, "R_X86_64_GOT64", got_entry, plain<64>},
    RelocationType{R_X86_64_GOTPCREL, "R_X86_64_GOTPCREL", got_entry, plain<32>},
    RelocationType{R_X86_64_GOTPCREL64, "R_X86_64_GOTPCREL64", got_entry, plain<64>},
    RelocationType{R_X86_64_GOTPCRELX, "R_X86_64_GOTPCRELX", got_entry, plain<32>},
    RelocationType{R_X86_64_REX_GOTPCRELX, "R_X86_64_REX_GOTPCRELX", got_entry, plain<32>},
    RelocationType{R_X86_64_TLSGD, "R_X86_64_TLSGD", thread_local_, plain<32>},
    RelocationType{R_X86_64_TLSLD, "R_X86_64_TLSLD", thread_local_, plain<32>},
    RelocationType{R_X86_64_DTPOFF32, "R_X86_64_DTPOFF32", thread_local_, plain<32>},
    RelocationType{R_X86_64_GOTTPOFF, "R_X86_64_GOTTPOFF", thread_local_, plain<32>},
    RelocationType{R_X86_64_TPOFF32, "R_X86_64_TPOFF32", thread_local_, plain<32>},
    RelocationType{R_X86_64_TPOFF64, "R_X86_64_TPOFF64", thread_local_, plain<64>},
};

std::optional<PassthroughRelocation> passthrough_i386(const RelocationType& type,
                                                      std::int64_t addend,
                                                      const FieldPosition& position) {
  if (type.field.size != 4) return std::nullopt;
  switch (type.formula) {
    case relative: return PassthroughRelocation{R_X86_64_PC32, addend};
    case absolute: return PassthroughRelocation{R_X86_64_32, addend};
    case got_relative:  // wraps at 32 bits, like the arithmetic of 32-bit code
      return PassthroughRelocation{R_X86_64_PC32,
                                   static_cast<std::int32_t>(pc_relative_addend(addend, position))};
    default: return std::nullopt;
  }
}

std::optional<PassthroughRelocation> passthrough_x86_64(const RelocationType& type,
                                                        std::int64_t addend,
                                                        const FieldPosition& position) {
  if (type.formula != got_relative) return PassthroughRelocation{type.number, addend};
  return PassthroughRelocation{R_X86_64_PC64, pc_relative_addend(addend, position)};
}

constexpr Target machine(std::string_view name, std::uint16_t elf_machine,
                         std::string_view emulation, std::span<const RelocationType> types,
                         decltype(Target::passthrough) passthrough) {
  return {
      .name = name,
      .machine = elf_machine,
      .is_64 = elf_machine == EM_X86_64,
      .is_big_endian = false,
      .emulation = emulation,
      .linkers = linkers,
      .types = types,
      .output_machine = EM_X86_64,
      .output_is_64 = true,
      .output_word = R_X86_64_64,
      .passthrough = passthrough,
  };
}

}  // namespace

constinit const Target i386 = machine("i386", EM_386, "elf_i386", i386_types, passthrough_i386);
constinit const Target x86_64 =
    machine("x86_64", EM_X86_64, "elf_x86_64", x86_64_types, passthrough_x86_64);

}  // namespace cbundle::target
