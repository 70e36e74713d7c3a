// RISC-V, 64 and 32 bits, little-endian, without linker relaxation.
//
// Source: RISC-V ELF psABI 1.0, chapter 8.4; the unprivileged ISA, chapter 2.3 and 16, for the
// immediates' bits.

#include <array>

#include "engine/elf/target/targets.h"

namespace cbundle::target {
namespace {

using enum Formula;
using field::bits;
using field::ones;
using field::plain;
using field::sign_extended;

constexpr std::array<std::string_view, 5> linkers{"riscv64-linux-gnu-ld", "riscv64-unknown-elf-ld",
                                                  "riscv32-linux-gnu-ld", "ld.lld", "ld.lld-14"};
// Relaxation would shorten a call of an import to what reaches it only in the layout.
constexpr std::array<std::string_view, 1> linker_flags{"--no-relax"};

// Moves `Width` bits of `value` from bit `From` to bit `To`.
template <unsigned Width, unsigned From, unsigned To>
constexpr std::uint64_t moved(std::uint64_t value) {
  return (value >> From & ones(Width)) << To;
}

constexpr std::uint64_t encode_upper(std::uint64_t value, std::uint64_t word) {
  return (word & 0xfff) | ((value + 0x800) & 0xfffff000);
}
constexpr std::int64_t decode_upper(std::uint64_t word) {
  return sign_extended(word & 0xfffff000, 32);
}

constexpr std::uint64_t encode_store(std::uint64_t value, std::uint64_t word) {
  return (word & 0x01fff07f) | moved<7, 5, 25>(value) | moved<5, 0, 7>(value);
}
constexpr std::int64_t decode_store(std::uint64_t word) {
  return sign_extended(moved<7, 25, 5>(word) | moved<5, 7, 0>(word), 12);
}

constexpr std::uint64_t encode_branch(std::uint64_t value, std::uint64_t word) {
  return (word & 0x01fff07f) | moved<1, 12, 31>(value) | moved<6, 5, 25>(value) |
         moved<4, 1, 8>(value) | moved<1, 11, 7>(value);
}
constexpr std::int64_t decode_branch(std::uint64_t word) {
  return sign_extended(
      moved<1, 31, 12>(word) | moved<6, 25, 5>(word) | moved<4, 8, 1>(word) | moved<1, 7, 11>(word),
      13);
}

constexpr std::uint64_t encode_jump(std::uint64_t value, std::uint64_t word) {
  return (word & 0xfff) | moved<1, 20, 31>(value) | moved<10, 1, 21>(value) |
         moved<1, 11, 20>(value) | moved<8, 12, 12>(value);
}
constexpr std::int64_t decode_jump(std::uint64_t word) {
  return sign_extended(moved<1, 31, 20>(word) | moved<10, 21, 1>(word) | moved<1, 20, 11>(word) |
                           moved<8, 12, 12>(word),
                       21);
}

// AUIPC in the lower word, JALR in the upper.
constexpr std::uint64_t encode_call(std::uint64_t value, std::uint64_t word) {
  const std::uint64_t auipc = encode_upper(value, word & ones(32));
  const std::uint64_t jalr = (word >> 32 & 0xfffff) | (value & 0xfff) << 20;
  return jalr << 32 | auipc;
}
constexpr std::int64_t decode_call(std::uint64_t word) {
  return decode_upper(word & ones(32)) + sign_extended(word >> 52, 12);
}

constexpr std::uint64_t encode_short_branch(std::uint64_t value, std::uint64_t word) {
  return (word & 0xe383) | moved<1, 8, 12>(value) | moved<2, 3, 10>(value) | moved<2, 6, 5>(value) |
         moved<2, 1, 3>(value) | moved<1, 5, 2>(value);
}
constexpr std::int64_t decode_short_branch(std::uint64_t word) {
  return sign_extended(moved<1, 12, 8>(word) | moved<2, 10, 3>(word) | moved<2, 5, 6>(word) |
                           moved<2, 3, 1>(word) | moved<1, 2, 5>(word),
                       9);
}

constexpr std::uint64_t encode_short_jump(std::uint64_t value, std::uint64_t word) {
  return (word & 0xe003) | moved<1, 11, 12>(value) | moved<1, 4, 11>(value) |
         moved<2, 8, 9>(value) | moved<1, 10, 8>(value) | moved<1, 6, 7>(value) |
         moved<1, 7, 6>(value) | moved<3, 1, 3>(value) | moved<1, 5, 2>(value);
}
constexpr std::int64_t decode_short_jump(std::uint64_t word) {
  return sign_extended(moved<1, 12, 11>(word) | moved<1, 11, 4>(word) | moved<2, 9, 8>(word) |
                           moved<1, 8, 10>(word) | moved<1, 7, 6>(word) | moved<1, 6, 7>(word) |
                           moved<3, 3, 1>(word) | moved<1, 2, 5>(word),
                       12);
}

constexpr Field upper{4, encode_upper, decode_upper};
constexpr Field lower = bits<4, 12, 0, 20>;
constexpr Field lower_store{4, encode_store, decode_store};
constexpr Field branch{4, encode_branch, decode_branch};
constexpr Field jump{4, encode_jump, decode_jump};
constexpr Field call{8, encode_call, decode_call};
constexpr Field short_branch{2, encode_short_branch, decode_short_branch};
constexpr Field short_jump{2, encode_short_jump, decode_short_jump};

#define CBUNDLE_TYPE(name) R_RISCV_##name, "R_RISCV_" #name
constexpr std::array types{
    RelocationType{CBUNDLE_TYPE(NONE), none, {}},
    RelocationType{CBUNDLE_TYPE(RELAX), none, {}},
    RelocationType{CBUNDLE_TYPE(ALIGN), none, {}},
    RelocationType{CBUNDLE_TYPE(32), absolute, plain<32>, FixupKind::word32},
    RelocationType{CBUNDLE_TYPE(64), absolute, plain<64>, FixupKind::word64},
    RelocationType{CBUNDLE_TYPE(32_PCREL), relative, plain<32>},
    RelocationType{59, "R_RISCV_PLT32", relative, plain<32>},
    RelocationType{CBUNDLE_TYPE(BRANCH), relative, branch},
    RelocationType{CBUNDLE_TYPE(JAL), relative, jump},
    RelocationType{CBUNDLE_TYPE(CALL), relative, call},
    RelocationType{CBUNDLE_TYPE(CALL_PLT), relative, call},
    RelocationType{CBUNDLE_TYPE(RVC_BRANCH), relative, short_branch},
    RelocationType{CBUNDLE_TYPE(RVC_JUMP), relative, short_jump},
    RelocationType{CBUNDLE_TYPE(PCREL_HI20), relative, upper},
    RelocationType{CBUNDLE_TYPE(PCREL_LO12_I), site_value, lower},
    RelocationType{CBUNDLE_TYPE(PCREL_LO12_S), site_value, lower_store},
    RelocationType{CBUNDLE_TYPE(HI20), absolute, upper},
    RelocationType{CBUNDLE_TYPE(LO12_I), absolute, lower},
    RelocationType{CBUNDLE_TYPE(LO12_S), absolute, lower_store},
    RelocationType{CBUNDLE_TYPE(GOT_HI20), got_slot, upper},
    RelocationType{CBUNDLE_TYPE(ADD8), plus, plain<8>},
    RelocationType{CBUNDLE_TYPE(ADD16), plus, plain<16>},
    RelocationType{CBUNDLE_TYPE(ADD32), plus, plain<32>},
    RelocationType{CBUNDLE_TYPE(ADD64), plus, plain<64>},
    RelocationType{CBUNDLE_TYPE(SUB6), minus, bits<1, 6>},
    RelocationType{CBUNDLE_TYPE(SUB8), minus, plain<8>},
    RelocationType{CBUNDLE_TYPE(SUB16), minus, plain<16>},
    RelocationType{CBUNDLE_TYPE(SUB32), minus, plain<32>},
    RelocationType{CBUNDLE_TYPE(SUB64), minus, plain<64>},
    RelocationType{CBUNDLE_TYPE(SET6), plus, bits<1, 6>},
    RelocationType{CBUNDLE_TYPE(SET8), plus, plain<8>},
    RelocationType{CBUNDLE_TYPE(SET16), plus, plain<16>},
    RelocationType{CBUNDLE_TYPE(SET32), plus, plain<32>},
    RelocationType{CBUNDLE_TYPE(TLS_GOT_HI20), thread_local_, upper},
    RelocationType{CBUNDLE_TYPE(TLS_GD_HI20), thread_local_, upper},
    RelocationType{CBUNDLE_TYPE(TPREL_HI20), thread_local_, upper},
    RelocationType{CBUNDLE_TYPE(TPREL_LO12_I), thread_local_, lower},
    RelocationType{CBUNDLE_TYPE(TPREL_LO12_S), thread_local_, lower_store},
    RelocationType{CBUNDLE_TYPE(TPREL_ADD), thread_local_, plain<32>},
};
#undef CBUNDLE_TYPE

constexpr Target machine(std::string_view name, std::string_view emulation, bool is_64) {
  return {
      .name = name,
      .machine = EM_RISCV,
      .is_64 = is_64,
      .is_big_endian = false,
      .granule = 16,
      .emulation = emulation,
      .linker_flags = linker_flags,
      .linkers = linkers,
      .types = types,
      .has_mapping_symbols = true,
      .output_machine = EM_RISCV,
      .output_is_64 = is_64,
      .output_word = is_64 ? std::uint32_t{R_RISCV_64} : std::uint32_t{R_RISCV_32},
      .passthrough = passthrough_unchanged,
  };
}

}  // namespace

constinit const Target riscv64 = machine("riscv64", "elf64lriscv", true);
constinit const Target riscv32 = machine("riscv32", "elf32lriscv", false);

}  // namespace cbundle::target
