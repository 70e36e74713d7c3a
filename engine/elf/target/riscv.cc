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
using field::Run;
using field::runs;
using field::sign_extended;

constexpr std::array<std::string_view, 5> linkers{"riscv64-linux-gnu-ld", "riscv64-unknown-elf-ld",
                                                  "riscv32-linux-gnu-ld", "ld.lld", "ld.lld-14"};

constexpr std::uint64_t encode_upper(std::uint64_t value, std::uint64_t word) {
  return (word & 0xfff) | ((value + 0x800) & 0xfffff000);
}
constexpr std::int64_t decode_upper(std::uint64_t word) {
  return sign_extended(word & 0xfffff000, 32);
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

constexpr Field upper{4, encode_upper, decode_upper};
constexpr Field lower = bits<4, 12, 0, 20>;
constexpr Field lower_store = runs<4, Run{7, 5, 25}, Run{5, 0, 7}>;
constexpr Field branch = runs<4, Run{1, 12, 31}, Run{6, 5, 25}, Run{4, 1, 8}, Run{1, 11, 7}>;
constexpr Field jump = runs<4, Run{1, 20, 31}, Run{10, 1, 21}, Run{1, 11, 20}, Run{8, 12, 12}>;
constexpr Field call{8, encode_call, decode_call};
constexpr Field short_branch =
    runs<2, Run{1, 8, 12}, Run{2, 3, 10}, Run{2, 6, 5}, Run{2, 1, 3}, Run{1, 5, 2}>;
constexpr Field short_jump = runs<2, Run{1, 11, 12}, Run{1, 4, 11}, Run{2, 8, 9}, Run{1, 10, 8},
                                  Run{1, 6, 7}, Run{1, 7, 6}, Run{3, 1, 3}, Run{1, 5, 2}>;

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
    RelocationType{CBUNDLE_TYPE(PCREL_LO12_I), pcrel_lo, lower},
    RelocationType{CBUNDLE_TYPE(PCREL_LO12_S), pcrel_lo, lower_store},
    RelocationType{CBUNDLE_TYPE(HI20), absolute, upper},
    RelocationType{CBUNDLE_TYPE(LO12_I), absolute, lower},
    RelocationType{CBUNDLE_TYPE(LO12_S), absolute, lower_store},
    RelocationType{CBUNDLE_TYPE(GOT_HI20), got_entry, upper},
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
      .emulation = emulation,
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
