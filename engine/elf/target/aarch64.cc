// AArch64, little-endian: the small code model, which moves by pages, and the tiny one.
//
// Source: ELF for the Arm 64-bit Architecture 2022Q3 (aaelf64), chapter 5.7.

#include <array>

#include "engine/elf/target/targets.h"

namespace cbundle::target {
namespace {

using enum Formula;
using field::bits;
using field::plain;
using field::Run;
using field::runs;

constexpr std::array<std::string_view, 3> linkers{"aarch64-linux-gnu-ld", "ld.lld", "ld.lld-14"};

// ADR and ADRP: two low bits at bit 29, nineteen at bit 5.
constexpr Field adr = runs<4, Run{2, 0, 29}, Run{19, 2, 5}>;
constexpr Field adrp = runs<4, Run{2, 12, 29}, Run{19, 14, 5}>;
template <unsigned Shift>
constexpr Field low12 = bits<4, 12, Shift, 10>;
template <unsigned Shift>
constexpr Field mov16 = bits<4, 16, Shift, 5>;

// In a signed group the linker chooses MOVZ or MOVN by the value's sign.
constexpr std::uint64_t inverted_if_negative(std::uint64_t value) {
  return (value >> 63) != 0 ? ~value : value;
}
template <unsigned Shift>
constexpr std::uint64_t encode_signed_mov(std::uint64_t value, std::uint64_t word) {
  const std::uint64_t positive = (value >> 63) != 0 ? 0 : std::uint64_t{1} << 30;
  const std::uint64_t half = inverted_if_negative(value) >> Shift & 0xffff;
  return (word & ~std::uint64_t{0x401fffe0}) | positive | half << 5;
}
template <unsigned Shift>
constexpr std::int64_t decode_signed_mov(std::uint64_t word) {
  const auto value = static_cast<std::int64_t>((word >> 5 & 0xffff) << Shift);
  return (word >> 30 & 1) != 0 ? value : ~value;
}
template <unsigned Shift>
constexpr Field signed_mov16{4, encode_signed_mov<Shift>, decode_signed_mov<Shift>};

#define CBUNDLE_TYPE(name) R_AARCH64_##name, "R_AARCH64_" #name
constexpr std::array types{
    RelocationType{CBUNDLE_TYPE(NONE), none, {}},
    RelocationType{256, "R_AARCH64_NONE (256)", none, {}},  // its former number
    RelocationType{CBUNDLE_TYPE(ABS64), absolute, plain<64>, FixupKind::word64},
    RelocationType{CBUNDLE_TYPE(ABS32), absolute, plain<32>, FixupKind::word32},
    RelocationType{CBUNDLE_TYPE(ABS16), absolute, plain<16>},
    RelocationType{CBUNDLE_TYPE(PREL64), relative, plain<64>},
    RelocationType{CBUNDLE_TYPE(PREL32), relative, plain<32>},
    RelocationType{CBUNDLE_TYPE(PREL16), relative, plain<16>},
    RelocationType{314, "R_AARCH64_PLT32", relative, plain<32>},
    RelocationType{CBUNDLE_TYPE(MOVW_UABS_G0), absolute, mov16<0>},
    RelocationType{CBUNDLE_TYPE(MOVW_UABS_G0_NC), absolute, mov16<0>},
    RelocationType{CBUNDLE_TYPE(MOVW_UABS_G1), absolute, mov16<16>},
    RelocationType{CBUNDLE_TYPE(MOVW_UABS_G1_NC), absolute, mov16<16>},
    RelocationType{CBUNDLE_TYPE(MOVW_UABS_G2), absolute, mov16<32>},
    RelocationType{CBUNDLE_TYPE(MOVW_UABS_G2_NC), absolute, mov16<32>},
    RelocationType{CBUNDLE_TYPE(MOVW_UABS_G3), absolute, mov16<48>},
    RelocationType{CBUNDLE_TYPE(MOVW_SABS_G0), absolute, signed_mov16<0>},
    RelocationType{CBUNDLE_TYPE(MOVW_SABS_G1), absolute, signed_mov16<16>},
    RelocationType{CBUNDLE_TYPE(MOVW_SABS_G2), absolute, signed_mov16<32>},
    RelocationType{CBUNDLE_TYPE(MOVW_PREL_G0), relative, signed_mov16<0>},
    RelocationType{CBUNDLE_TYPE(MOVW_PREL_G0_NC), relative, mov16<0>},
    RelocationType{CBUNDLE_TYPE(MOVW_PREL_G1), relative, signed_mov16<16>},
    RelocationType{CBUNDLE_TYPE(MOVW_PREL_G1_NC), relative, mov16<16>},
    RelocationType{CBUNDLE_TYPE(MOVW_PREL_G2), relative, signed_mov16<32>},
    RelocationType{CBUNDLE_TYPE(MOVW_PREL_G2_NC), relative, mov16<32>},
    RelocationType{CBUNDLE_TYPE(MOVW_PREL_G3), relative, mov16<48>},
    RelocationType{CBUNDLE_TYPE(LD_PREL_LO19), relative, bits<4, 19, 2, 5>},
    RelocationType{CBUNDLE_TYPE(ADR_PREL_LO21), relative, adr},
    RelocationType{CBUNDLE_TYPE(ADR_PREL_PG_HI21), page_relative, adrp},
    RelocationType{CBUNDLE_TYPE(ADR_PREL_PG_HI21_NC), page_relative, adrp},
    RelocationType{CBUNDLE_TYPE(ADD_ABS_LO12_NC), page_offset, low12<0>},
    RelocationType{CBUNDLE_TYPE(LDST8_ABS_LO12_NC), page_offset, low12<0>},
    RelocationType{CBUNDLE_TYPE(LDST16_ABS_LO12_NC), page_offset, low12<1>},
    RelocationType{CBUNDLE_TYPE(LDST32_ABS_LO12_NC), page_offset, low12<2>},
    RelocationType{CBUNDLE_TYPE(LDST64_ABS_LO12_NC), page_offset, low12<3>},
    RelocationType{CBUNDLE_TYPE(LDST128_ABS_LO12_NC), page_offset, low12<4>},
    RelocationType{CBUNDLE_TYPE(TSTBR14), relative, bits<4, 14, 2, 5>},
    RelocationType{CBUNDLE_TYPE(CONDBR19), relative, bits<4, 19, 2, 5>},
    RelocationType{CBUNDLE_TYPE(JUMP26), relative, bits<4, 26, 2>},
    RelocationType{CBUNDLE_TYPE(CALL26), relative, bits<4, 26, 2>},
    RelocationType{CBUNDLE_TYPE(GOT_LD_PREL19), got_entry, bits<4, 19, 2, 5>},
    RelocationType{CBUNDLE_TYPE(ADR_GOT_PAGE), got_entry, adrp},
    RelocationType{CBUNDLE_TYPE(LD64_GOT_LO12_NC), got_entry, low12<3>},
    RelocationType{CBUNDLE_TYPE(LD64_GOTPAGE_LO15), got_entry, bits<4, 12, 3, 10>},
    RelocationType{CBUNDLE_TYPE(TLSGD_ADR_PREL21), thread_local_, adr},
    RelocationType{CBUNDLE_TYPE(TLSGD_ADR_PAGE21), thread_local_, adrp},
    RelocationType{CBUNDLE_TYPE(TLSGD_ADD_LO12_NC), thread_local_, low12<0>},
    RelocationType{CBUNDLE_TYPE(TLSIE_ADR_GOTTPREL_PAGE21), thread_local_, adrp},
    RelocationType{CBUNDLE_TYPE(TLSIE_LD64_GOTTPREL_LO12_NC), thread_local_, low12<3>},
    RelocationType{CBUNDLE_TYPE(TLSIE_LD_GOTTPREL_PREL19), thread_local_, bits<4, 19, 2, 5>},
    RelocationType{CBUNDLE_TYPE(TLSLE_MOVW_TPREL_G0), thread_local_, mov16<0>},
    RelocationType{CBUNDLE_TYPE(TLSLE_MOVW_TPREL_G1), thread_local_, mov16<16>},
    RelocationType{CBUNDLE_TYPE(TLSLE_ADD_TPREL_HI12), thread_local_, low12<12>},
    RelocationType{CBUNDLE_TYPE(TLSLE_ADD_TPREL_LO12), thread_local_, low12<0>},
    RelocationType{CBUNDLE_TYPE(TLSLE_ADD_TPREL_LO12_NC), thread_local_, low12<0>},
    RelocationType{CBUNDLE_TYPE(TLSDESC_ADR_PREL21), thread_local_, adr},
    RelocationType{CBUNDLE_TYPE(TLSDESC_ADR_PAGE21), thread_local_, adrp},
    RelocationType{CBUNDLE_TYPE(TLSDESC_LD64_LO12), thread_local_, low12<3>},
    RelocationType{CBUNDLE_TYPE(TLSDESC_ADD_LO12), thread_local_, low12<0>},
    RelocationType{CBUNDLE_TYPE(TLSDESC_CALL), thread_local_, plain<32>},
};
#undef CBUNDLE_TYPE

}  // namespace

constinit const Target aarch64{
    .name = "aarch64",
    .machine = EM_AARCH64,
    .is_64 = true,
    .is_big_endian = false,
    .emulation = "aarch64linux",
    .linkers = linkers,
    .types = types,
    .has_mapping_symbols = true,
    .output_machine = EM_AARCH64,
    .output_is_64 = true,
    .output_word = R_AARCH64_ABS64,
    .passthrough = passthrough_unchanged,
};

}  // namespace cbundle::target
