#include "tests/fuzz/relocation_rules.h"

#include <elf.h>

#include <algorithm>

namespace cbundle::rules {
namespace {

constexpr std::array<Bits, 8> low(std::uint8_t width) { return {Bits{0, width, 0}}; }
constexpr std::array<Bits, 8> part(std::uint8_t from, std::uint8_t width, std::uint8_t to,
                                   std::uint64_t rounding = 0) {
  return {Bits{from, width, to, rounding}};
}

constexpr std::array<Bits, 8> adr = {Bits{0, 2, 29}, Bits{2, 19, 5}};
constexpr std::array<Bits, 8> adrp = {Bits{12, 2, 29}, Bits{14, 19, 5}};
constexpr std::array<Bits, 8> arm_low = {Bits{0, 12, 0}, Bits{12, 4, 16}};
constexpr std::array<Bits, 8> arm_high = {Bits{16, 12, 0}, Bits{28, 4, 16}};
constexpr std::array<Bits, 8> thumb_low = {Bits{0, 8, 0}, Bits{8, 3, 12}, Bits{11, 1, 26},
                                           Bits{12, 4, 16}};
constexpr std::array<Bits, 8> thumb_high = {Bits{16, 8, 0}, Bits{24, 3, 12}, Bits{27, 1, 26},
                                            Bits{28, 4, 16}};
// J1 and J2 without their inversion, which depends on Word.
constexpr std::array<Bits, 8> thumb_far = {Bits{1, 11, 0}, Bits{12, 10, 16}, Bits{22, 1, 11},
                                           Bits{23, 1, 13}, Bits{24, 1, 26}};
constexpr std::array<Bits, 8> thumb_near = {Bits{1, 11, 0}, Bits{12, 6, 16}, Bits{18, 1, 13},
                                            Bits{19, 1, 11}, Bits{20, 1, 26}};
constexpr std::array<Bits, 8> riscv_branch = {Bits{1, 4, 8}, Bits{5, 6, 25}, Bits{11, 1, 7},
                                              Bits{12, 1, 31}};
constexpr std::array<Bits, 8> riscv_jump = {Bits{1, 10, 21}, Bits{11, 1, 20}, Bits{12, 8, 12},
                                            Bits{20, 1, 31}};
constexpr std::array<Bits, 8> riscv_call = {Bits{12, 20, 12, 0x800}, Bits{0, 12, 52}};
constexpr std::array<Bits, 8> riscv_store = {Bits{0, 5, 7}, Bits{5, 7, 25}};
constexpr std::array<Bits, 8> short_branch = {Bits{1, 2, 3}, Bits{3, 2, 10}, Bits{5, 1, 2},
                                              Bits{6, 2, 5}, Bits{8, 1, 12}};
constexpr std::array<Bits, 8> short_jump = {Bits{1, 3, 3},  Bits{4, 1, 11}, Bits{5, 1, 2},
                                            Bits{6, 1, 7},  Bits{7, 1, 6},  Bits{8, 2, 9},
                                            Bits{10, 1, 8}, Bits{11, 1, 12}};

using enum Value;
constexpr std::array rules{
    Rule{EM_X86_64, R_X86_64_64, sum, 8, low(64)},
    Rule{EM_X86_64, R_X86_64_32, sum, 4, low(32)},
    Rule{EM_X86_64, R_X86_64_32S, sum, 4, low(32)},
    Rule{EM_X86_64, R_X86_64_16, sum, 2, low(16)},
    Rule{EM_X86_64, R_X86_64_8, sum, 1, low(8)},
    Rule{EM_X86_64, R_X86_64_PC64, distance, 8, low(64)},
    Rule{EM_X86_64, R_X86_64_PC32, distance, 4, low(32)},
    Rule{EM_X86_64, R_X86_64_PLT32, distance, 4, low(32)},
    Rule{EM_X86_64, R_X86_64_PC16, distance, 2, low(16)},
    Rule{EM_X86_64, R_X86_64_PC8, distance, 1, low(8)},

    Rule{EM_X86_64, R_X86_64_GOTOFF64, from_got, 8, low(64)},

    Rule{EM_386, R_386_32, sum, 4, low(32)},
    Rule{EM_386, R_386_PC32, distance, 4, low(32)},
    Rule{EM_386, R_386_PLT32, distance, 4, low(32)},
    Rule{EM_386, R_386_GOTOFF, from_got, 4, low(32)},
    Rule{EM_386, R_386_PC16, distance, 2, low(16)},
    Rule{EM_386, R_386_PC8, distance, 1, low(8)},

    Rule{EM_AARCH64, R_AARCH64_ABS64, sum, 8, low(64)},
    Rule{EM_AARCH64, R_AARCH64_ABS32, sum, 4, low(32)},
    Rule{EM_AARCH64, R_AARCH64_ABS16, sum, 2, low(16)},
    Rule{EM_AARCH64, R_AARCH64_PREL64, distance, 8, low(64)},
    Rule{EM_AARCH64, R_AARCH64_PREL32, distance, 4, low(32)},
    Rule{EM_AARCH64, R_AARCH64_PREL16, distance, 2, low(16)},
    Rule{EM_AARCH64, 314, distance, 4, low(32)},  // PLT32
    Rule{EM_AARCH64, R_AARCH64_MOVW_UABS_G0, sum, 4, part(0, 16, 5)},
    Rule{EM_AARCH64, R_AARCH64_MOVW_UABS_G0_NC, sum, 4, part(0, 16, 5)},
    Rule{EM_AARCH64, R_AARCH64_MOVW_UABS_G1, sum, 4, part(16, 16, 5)},
    Rule{EM_AARCH64, R_AARCH64_MOVW_UABS_G1_NC, sum, 4, part(16, 16, 5)},
    Rule{EM_AARCH64, R_AARCH64_MOVW_UABS_G2, sum, 4, part(32, 16, 5)},
    Rule{EM_AARCH64, R_AARCH64_MOVW_UABS_G2_NC, sum, 4, part(32, 16, 5)},
    Rule{EM_AARCH64, R_AARCH64_MOVW_UABS_G3, sum, 4, part(48, 16, 5)},
    Rule{EM_AARCH64, R_AARCH64_MOVW_PREL_G0, distance, 4, part(0, 16, 5), Word::signed_move},
    Rule{EM_AARCH64, R_AARCH64_MOVW_PREL_G0_NC, distance, 4, part(0, 16, 5)},
    Rule{EM_AARCH64, R_AARCH64_MOVW_PREL_G1, distance, 4, part(16, 16, 5), Word::signed_move},
    Rule{EM_AARCH64, R_AARCH64_MOVW_PREL_G1_NC, distance, 4, part(16, 16, 5)},
    Rule{EM_AARCH64, R_AARCH64_MOVW_PREL_G2, distance, 4, part(32, 16, 5), Word::signed_move},
    Rule{EM_AARCH64, R_AARCH64_MOVW_PREL_G2_NC, distance, 4, part(32, 16, 5)},
    Rule{EM_AARCH64, R_AARCH64_MOVW_PREL_G3, distance, 4, part(48, 16, 5)},
    Rule{EM_AARCH64, R_AARCH64_LD_PREL_LO19, distance, 4, part(2, 19, 5)},
    Rule{EM_AARCH64, R_AARCH64_ADR_PREL_LO21, distance, 4, adr},
    Rule{EM_AARCH64, R_AARCH64_ADR_PREL_PG_HI21, pages, 4, adrp},
    Rule{EM_AARCH64, R_AARCH64_ADR_PREL_PG_HI21_NC, pages, 4, adrp},
    Rule{EM_AARCH64, R_AARCH64_ADD_ABS_LO12_NC, sum, 4, part(0, 12, 10)},
    Rule{EM_AARCH64, R_AARCH64_LDST8_ABS_LO12_NC, sum, 4, part(0, 12, 10)},
    Rule{EM_AARCH64, R_AARCH64_LDST16_ABS_LO12_NC, sum, 4, part(1, 11, 10)},
    Rule{EM_AARCH64, R_AARCH64_LDST32_ABS_LO12_NC, sum, 4, part(2, 10, 10)},
    Rule{EM_AARCH64, R_AARCH64_LDST64_ABS_LO12_NC, sum, 4, part(3, 9, 10)},
    Rule{EM_AARCH64, R_AARCH64_LDST128_ABS_LO12_NC, sum, 4, part(4, 8, 10)},
    Rule{EM_AARCH64, R_AARCH64_TSTBR14, distance, 4, part(2, 14, 5)},
    Rule{EM_AARCH64, R_AARCH64_CONDBR19, distance, 4, part(2, 19, 5)},
    Rule{EM_AARCH64, R_AARCH64_JUMP26, distance, 4, part(2, 26, 0)},
    Rule{EM_AARCH64, R_AARCH64_CALL26, distance, 4, part(2, 26, 0)},

    Rule{EM_ARM, R_ARM_ABS32, sum, 4, low(32)},
    Rule{EM_ARM, R_ARM_TARGET1, sum, 4, low(32)},
    Rule{EM_ARM, R_ARM_ABS16, sum, 2, low(16)},
    Rule{EM_ARM, R_ARM_ABS8, sum, 1, low(8)},
    Rule{EM_ARM, R_ARM_REL32, distance, 4, low(32)},
    Rule{EM_ARM, R_ARM_GOTOFF, from_got, 4, low(32)},
    Rule{EM_ARM, R_ARM_PREL31, distance, 4, low(31)},
    Rule{EM_ARM, R_ARM_PC24, distance, 4, part(2, 24, 0)},
    Rule{EM_ARM, R_ARM_PLT32, distance, 4, part(2, 24, 0)},
    Rule{EM_ARM, R_ARM_JUMP24, distance, 4, part(2, 24, 0)},
    Rule{EM_ARM, R_ARM_CALL, distance, 4, part(2, 24, 0), Word::arm_call},
    Rule{EM_ARM, R_ARM_MOVW_ABS_NC, sum, 4, arm_low},
    Rule{EM_ARM, R_ARM_MOVT_ABS, sum, 4, arm_high, Word::upper_addend},
    Rule{EM_ARM, R_ARM_MOVW_PREL_NC, distance, 4, arm_low},
    Rule{EM_ARM, R_ARM_MOVT_PREL, distance, 4, arm_high, Word::upper_addend},
    Rule{EM_ARM, R_ARM_THM_MOVW_ABS_NC, sum, 4, thumb_low, Word::halves},
    Rule{EM_ARM, R_ARM_THM_MOVT_ABS, sum, 4, thumb_high, Word::thumb_upper},
    Rule{EM_ARM, R_ARM_THM_MOVW_PREL_NC, distance, 4, thumb_low, Word::halves},
    Rule{EM_ARM, R_ARM_THM_MOVT_PREL, distance, 4, thumb_high, Word::thumb_upper},
    Rule{EM_ARM, R_ARM_THM_PC22, distance, 4, thumb_far, Word::thumb_call},
    Rule{EM_ARM, R_ARM_THM_JUMP24, distance, 4, thumb_far, Word::thumb_jump},
    Rule{EM_ARM, R_ARM_THM_JUMP19, distance, 4, thumb_near, Word::halves},
    Rule{EM_ARM, R_ARM_THM_PC11, distance, 2, part(1, 11, 0)},
    Rule{EM_ARM, R_ARM_THM_PC9, distance, 2, part(1, 8, 0)},

    Rule{EM_RISCV, R_RISCV_32, sum, 4, low(32)},
    Rule{EM_RISCV, R_RISCV_64, sum, 8, low(64)},
    Rule{EM_RISCV, R_RISCV_32_PCREL, distance, 4, low(32)},
    Rule{EM_RISCV, 59, distance, 4, low(32)},  // PLT32
    Rule{EM_RISCV, R_RISCV_BRANCH, distance, 4, riscv_branch},
    Rule{EM_RISCV, R_RISCV_JAL, distance, 4, riscv_jump},
    Rule{EM_RISCV, R_RISCV_CALL, distance, 8, riscv_call},
    Rule{EM_RISCV, R_RISCV_CALL_PLT, distance, 8, riscv_call},
    Rule{EM_RISCV, R_RISCV_RVC_BRANCH, distance, 2, short_branch},
    Rule{EM_RISCV, R_RISCV_RVC_JUMP, distance, 2, short_jump},
    Rule{EM_RISCV, R_RISCV_PCREL_HI20, distance, 4, part(12, 20, 12, 0x800)},
    Rule{EM_RISCV, R_RISCV_PCREL_LO12_I, of_upper, 4, part(0, 12, 20)},
    Rule{EM_RISCV, R_RISCV_PCREL_LO12_S, of_upper, 4, riscv_store},

    Rule{EM_MIPS, R_MIPS_32, sum, 4, low(32)},
    Rule{EM_MIPS, R_MIPS_64, sum, 8, low(64)},
    Rule{EM_MIPS, R_MIPS_26, sum, 4, part(2, 26, 0)},
    Rule{EM_MIPS, R_MIPS_HI16, sum, 4, part(16, 16, 0, 0x8000), Word::paired_addend},
    Rule{EM_MIPS, R_MIPS_LO16, sum, 4, low(16)},
    Rule{EM_MIPS, R_MIPS_HIGHER, sum, 4, part(32, 16, 0, 0x80008000)},
    Rule{EM_MIPS, R_MIPS_HIGHEST, sum, 4, part(48, 16, 0, 0x800080008000)},
    Rule{EM_MIPS, R_MIPS_PC16, distance, 4, part(2, 16, 0)},
    Rule{EM_MIPS, 248, distance, 4, low(32)},  // PC32
};

std::uint64_t ones(unsigned count) {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

bool has_halves(Word word) {
  return word == Word::halves || word == Word::thumb_call || word == Word::thumb_jump ||
         word == Word::thumb_upper;
}

// J1 and J2 are I1 and I2, turned over where the sign is 0.
std::uint64_t with_inverted_j(const Rule& rule, std::uint64_t word) {
  const bool has_j = rule.word == Word::thumb_call || rule.word == Word::thumb_jump;
  return has_j && (word >> 26 & 1) == 0 ? word ^ 0x2800 : word;
}

std::uint64_t load_plain(const unsigned char* at, unsigned size, bool is_big_endian) {
  std::uint64_t word = 0;
  for (unsigned i = 0; i < size; ++i) {
    word |= std::uint64_t{at[i]} << 8 * (is_big_endian ? size - 1 - i : i);
  }
  return word;
}

void store_plain(unsigned char* at, unsigned size, bool is_big_endian, std::uint64_t word) {
  for (unsigned i = 0; i < size; ++i) {
    at[i] = static_cast<unsigned char>(word >> 8 * (is_big_endian ? size - 1 - i : i));
  }
}

}  // namespace

std::uint64_t load(const Rule& rule, const unsigned char* at, bool is_big_endian) {
  if (!has_halves(rule.word)) return load_plain(at, rule.size, is_big_endian);
  return load_plain(at, 2, is_big_endian) << 16 | load_plain(at + 2, 2, is_big_endian);
}

void store(const Rule& rule, unsigned char* at, bool is_big_endian, std::uint64_t word) {
  if (!has_halves(rule.word)) return store_plain(at, rule.size, is_big_endian, word);
  store_plain(at, 2, is_big_endian, word >> 16);
  store_plain(at + 2, 2, is_big_endian, word);
}

std::uint64_t encode(const Rule& rule, std::uint64_t word, std::uint64_t value) {
  if (rule.word == Word::signed_move) {
    const bool is_negative = (value >> 63) != 0;
    word = (word & ~(std::uint64_t{1} << 30)) | std::uint64_t{!is_negative} << 30;
    if (is_negative) value = ~value;
  }
  for (const Bits& b : rule.bits) {
    const std::uint64_t bits = (value + b.rounding) >> b.from & ones(b.width);
    word = (word & ~(ones(b.width) << b.to)) | bits << b.to;
  }
  return with_inverted_j(rule, word);
}

std::uint64_t decode(const Rule& rule, std::uint64_t word) {
  word = with_inverted_j(rule, word);
  std::uint64_t value = 0;
  for (const Bits& b : rule.bits) value |= (word >> b.to & ones(b.width)) << b.from;
  return value;
}

unsigned width(const Rule& rule) {
  unsigned highest = 0;
  for (const Bits& b : rule.bits) highest = std::max<unsigned>(highest, b.from + b.width);
  return highest;
}

std::uint64_t sign_extended(std::uint64_t value, unsigned width) {
  const std::uint64_t sign = std::uint64_t{1} << (width - 1);
  return ((value & ones(width)) ^ sign) - sign;
}

bool has_state_bit(const Rule& rule) {
  if (rule.machine != EM_ARM) return false;
  switch (rule.type) {
    case R_ARM_ABS32:
    case R_ARM_TARGET1:
    case R_ARM_REL32:
    case R_ARM_PREL31:
    case R_ARM_MOVW_ABS_NC:
    case R_ARM_MOVW_PREL_NC:
    case R_ARM_THM_MOVW_ABS_NC:
    case R_ARM_THM_MOVW_PREL_NC: return true;
    default: return false;
  }
}

const Rule* rule_for(std::uint16_t machine, std::uint32_t type) {
  const auto found = std::ranges::find_if(
      rules, [&](const Rule& rule) { return rule.machine == machine && rule.type == type; });
  return found == rules.end() ? nullptr : &*found;
}

}  // namespace cbundle::rules
