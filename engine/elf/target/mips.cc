// MIPS, o32 and n64, both byte orders; position-independent code, which reads addresses from a
// GOT, and absolute code.
//
// Source: System V ABI, MIPS supplement, chapter 4; 64-bit ELF Object File Specification 2.5,
// chapter 2.9, for n64's records of three types.

#include <array>
#include <unordered_map>

#include "engine/elf/target/targets.h"

namespace cbundle::target {
namespace {

using enum Formula;
using field::bits;
using field::plain;
using field::sign_extended;

constexpr std::array<std::string_view, 6> linkers{"mips64el-linux-gnuabi64-ld",
                                                  "mips64-linux-gnuabi64-ld",
                                                  "mipsel-linux-gnu-ld",
                                                  "mips-linux-gnu-ld",
                                                  "ld.lld",
                                                  "ld.lld-14"};

// A 16-bit part of an address. The lower parts are added as signed numbers, so each part is rounded
// to make up for a negative one.
constexpr std::uint64_t rounding(unsigned shift) {
  return (shift >= 16 ? std::uint64_t{0x8000} : 0) | (shift >= 32 ? std::uint64_t{0x80000000} : 0) |
         (shift >= 48 ? std::uint64_t{0x800000000000} : 0);
}
template <unsigned Shift>
constexpr std::uint64_t encode_part(std::uint64_t value, std::uint64_t word) {
  return (word & 0xffff0000) | ((value + rounding(Shift)) >> Shift & 0xffff);
}
template <unsigned Shift>
constexpr std::int64_t decode_part(std::uint64_t word) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(sign_extended(word, 16)) << Shift);
}
template <unsigned Shift>
constexpr Field part{4, encode_part<Shift>, decode_part<Shift>};

constexpr std::uint32_t three(std::uint32_t first, std::uint32_t second, std::uint32_t third) {
  return first | second << 8 | third << 16;
}

constexpr std::array types{
    RelocationType{R_MIPS_NONE, "R_MIPS_NONE", none, {}},
    RelocationType{R_MIPS_JALR, "R_MIPS_JALR", none, plain<32>},
    RelocationType{R_MIPS_16, "R_MIPS_16", absolute, bits<4, 16>},
    RelocationType{R_MIPS_32, "R_MIPS_32", absolute, plain<32>, FixupKind::word32},
    RelocationType{R_MIPS_64, "R_MIPS_64", absolute, plain<64>, FixupKind::word64},
    RelocationType{R_MIPS_26, "R_MIPS_26", absolute, bits<4, 26, 2>, FixupKind::mips_26},
    RelocationType{R_MIPS_HI16, "R_MIPS_HI16", absolute, part<16>, FixupKind::mips_hi16, false,
                   true},
    RelocationType{R_MIPS_LO16, "R_MIPS_LO16", absolute, part<0>, FixupKind::mips_lo16},
    RelocationType{R_MIPS_HIGHER, "R_MIPS_HIGHER", absolute, part<32>, FixupKind::mips_higher},
    RelocationType{R_MIPS_HIGHEST, "R_MIPS_HIGHEST", absolute, part<48>, FixupKind::mips_highest},
    RelocationType{R_MIPS_PC16, "R_MIPS_PC16", relative, bits<4, 16, 2>},
    RelocationType{248, "R_MIPS_PC32", relative, plain<32>},
    RelocationType{R_MIPS_GPREL16, "R_MIPS_GPREL16", gp_relative, bits<4, 16>},
    RelocationType{R_MIPS_LITERAL, "R_MIPS_LITERAL", gp_relative, bits<4, 16>},
    RelocationType{R_MIPS_GPREL32, "R_MIPS_GPREL32", gp_relative, plain<32>},
    RelocationType{R_MIPS_GOT16, "R_MIPS_GOT16", gp_got_entry, bits<4, 16>},
    RelocationType{R_MIPS_CALL16, "R_MIPS_CALL16", gp_got_entry, bits<4, 16>},
    RelocationType{R_MIPS_GOT_DISP, "R_MIPS_GOT_DISP", gp_got_entry, bits<4, 16>},
    RelocationType{R_MIPS_GOT_PAGE, "R_MIPS_GOT_PAGE", gp_got_entry, bits<4, 16>},
    RelocationType{R_MIPS_GOT_OFST, "R_MIPS_GOT_OFST", half_offset, part<0>},
    RelocationType{R_MIPS_TLS_DTPMOD32, "R_MIPS_TLS_DTPMOD32", thread_local_, plain<32>},
    RelocationType{R_MIPS_TLS_DTPREL32, "R_MIPS_TLS_DTPREL32", thread_local_, plain<32>},
    RelocationType{R_MIPS_TLS_GD, "R_MIPS_TLS_GD", thread_local_, bits<4, 16>},
    RelocationType{R_MIPS_TLS_LDM, "R_MIPS_TLS_LDM", thread_local_, bits<4, 16>},
    RelocationType{R_MIPS_TLS_DTPREL_HI16, "R_MIPS_TLS_DTPREL_HI16", thread_local_, part<16>},
    RelocationType{R_MIPS_TLS_DTPREL_LO16, "R_MIPS_TLS_DTPREL_LO16", thread_local_, part<0>},
    RelocationType{R_MIPS_TLS_GOTTPREL, "R_MIPS_TLS_GOTTPREL", thread_local_, bits<4, 16>},
    RelocationType{R_MIPS_TLS_TPREL_HI16, "R_MIPS_TLS_TPREL_HI16", thread_local_, part<16>},
    RelocationType{R_MIPS_TLS_TPREL_LO16, "R_MIPS_TLS_TPREL_LO16", thread_local_, part<0>},
    RelocationType{three(R_MIPS_GPREL32, R_MIPS_64, 0), "R_MIPS_GPREL32/R_MIPS_64", gp_relative,
                   plain<64>},
    RelocationType{three(R_MIPS_GPREL16, R_MIPS_SUB, R_MIPS_HI16),
                   "R_MIPS_GPREL16/R_MIPS_SUB/R_MIPS_HI16", gp_sub, part<16>},
    RelocationType{three(R_MIPS_GPREL16, R_MIPS_SUB, R_MIPS_LO16),
                   "R_MIPS_GPREL16/R_MIPS_SUB/R_MIPS_LO16", gp_sub, part<0>},
};

constexpr RelocationType high_gp{R_MIPS_HI16, "R_MIPS_HI16", gp_distance, part<16>};
constexpr RelocationType low_gp{R_MIPS_LO16, "R_MIPS_LO16", gp_distance, part<0>};
constexpr RelocationType low_of_slot{R_MIPS_LO16, "R_MIPS_LO16", half_offset, part<0>};
constexpr RelocationType short_call{R_MIPS_JALR,
                                    "R_MIPS_JALR",
                                    relative,
                                    bits<4, 16, 2>,
                                    {},
                                    false,
                                    false,
                                    "compile with -mno-relax-pic-calls: the linker replaced the "
                                    "call by a short branch"};

class Interpreter {
 public:
  Interpreter(const LinkedSection& section, std::span<DecodedRelocation> decoded)
      : section_(section), decoded_(decoded) {}

  void run() {
    for (std::size_t i = 0; i < decoded_.size(); ++i) {
      if (decoded_[i].type != nullptr) interpret(i);
    }
  }

 private:
  struct Upper {
    bool is_slot = false;  // GOT16
    std::int64_t sum = 0;  // S + A
  };

  Relocation record(std::size_t i) const { return section_.table.records[i]; }

  std::int64_t low_half(std::size_t i) const {
    return part<0>.decode(section_.word(record(i), part<0>));
  }

  void interpret(std::size_t i) {
    const Relocation r = record(i);
    DecodedRelocation& decoded = decoded_[i];
    const bool in_fields = !section_.table.has_addends;
    switch (r.type) {
      case R_MIPS_JALR: return interpret_call(r, decoded);
      case R_MIPS_HI16:
      case R_MIPS_LO16: {
        const bool is_high = r.type == R_MIPS_HI16;
        if (section_.symbol(r).name == "_gp_disp") {
          // LO16's addend is for HI16, one instruction before.
          decoded = {is_high ? &high_gp : &low_gp, is_high ? 0 : 4};
        } else if (in_fields) {
          is_high ? pair(i) : interpret_low(i);
        }
        return;
      }
      case R_MIPS_GOT16:
        upper_of_[r.symbol] = Upper{true, 0};
        if (in_fields) decoded.addend = 0;
        return;
      case R_MIPS_CALL16:
        if (in_fields) decoded.addend = 0;
        return;
      default: unbias(r, decoded);
    }
  }

  // Allows the linker to replace a jump through a register by a branch; it may have done so.
  void interpret_call(const Relocation& r, DecodedRelocation& decoded) const {
    const std::uint64_t instruction = section_.word(r, plain<32>) >> 16;
    if (instruction == 0x0411 || instruction == 0x1000) decoded = {&short_call, r.addend - 4};
  }

  // The next lower half of the same symbol completes the upper half's addend.
  void pair(std::size_t upper) {
    const Relocation r = record(upper);
    for (std::size_t i = upper + 1; i < decoded_.size(); ++i) {
      if (record(i).type != R_MIPS_LO16 || record(i).symbol != r.symbol) continue;
      const std::int64_t sum = part<16>.decode(section_.word(r, part<16>)) + low_half(i);
      upper_of_[r.symbol] = Upper{false, sum};
      decoded_[upper].addend = addend_of(r, sum);
      return;
    }
  }

  // A lower half contains the sum's lowest bits. The others are those of the upper half, which can
  // also serve neighbours of its own address.
  void interpret_low(std::size_t i) {
    const Relocation r = record(i);
    const auto upper = upper_of_.find(r.symbol);
    if (upper == upper_of_.end()) return;
    if (upper->second.is_slot) {
      decoded_[i].type = &low_of_slot;
      return;
    }
    const std::int64_t sum = upper->second.sum;
    const auto difference = static_cast<std::uint64_t>(low_half(i) - sum);
    decoded_[i].addend = addend_of(r, sum + sign_extended(difference, 16));
  }

  std::int64_t addend_of(const Relocation& r, std::int64_t sum) const {
    return static_cast<std::int32_t>(static_cast<std::uint64_t>(sum) - section_.symbol(r).value);
  }

  // GNU ld subtracts GP from the addends of n64's GP-relative records of local symbols.
  void unbias(const Relocation& r, DecodedRelocation& decoded) const {
    const Formula formula = decoded.type->formula;
    if (!section_.table.has_addends || (formula != gp_relative && formula != gp_sub)) return;
    const Field& field = decoded.type->field;
    const std::uint64_t word = section_.word(r, field);
    const std::uint64_t sum = section_.symbol(r).value + static_cast<std::uint64_t>(r.addend);
    const std::uint64_t value = formula == gp_relative ? sum : std::uint64_t{0} - sum;
    const bool is_biased = field.encode(value, word) == word;
    decoded.addend = is_biased ? r.addend + static_cast<std::int64_t>(section_.gp) : r.addend;
  }

  const LinkedSection& section_;
  std::span<DecodedRelocation> decoded_;
  std::unordered_map<std::uint32_t, Upper> upper_of_;  // the last of each symbol
};

void interpret(const LinkedSection& section, std::span<DecodedRelocation> decoded) {
  Interpreter(section, decoded).run();
}

constexpr Target machine(std::string_view name, std::string_view emulation, bool is_64,
                         bool is_big_endian) {
  return {
      .name = name,
      .machine = EM_MIPS,
      .is_64 = is_64,
      .is_big_endian = is_big_endian,
      .emulation = emulation,
      .linkers = linkers,
      .types = types,
      .interpret = interpret,
      .includes_got = true,
      .output_machine = EM_MIPS,
      .output_is_64 = is_64,
      .output_has_addends = is_64,
      .output_word = is_64 ? std::uint32_t{R_MIPS_64} : std::uint32_t{R_MIPS_32},
      .passthrough = passthrough_unchanged,
  };
}

}  // namespace

constinit const Target mips = machine("mips", "elf32btsmip", false, true);
constinit const Target mipsel = machine("mipsel", "elf32ltsmip", false, false);
constinit const Target mips64 = machine("mips64", "elf64btsmip", true, true);
constinit const Target mips64el = machine("mips64el", "elf64ltsmip", true, false);

}  // namespace cbundle::target
