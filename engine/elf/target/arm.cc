// ARM, little-endian: ARM and Thumb-2 code.
//
// Source: ELF for the Arm Architecture 2022Q3 (aaelf32), chapter 5.6; ARMv7-A Architecture
// Reference Manual, A5 and A6, for the instructions' immediate fields.

#include <array>

#include "engine/elf/target/targets.h"

namespace cbundle::target {
namespace {

using enum Formula;
using field::bits;
using field::plain;
using field::Run;
using field::runs;
using field::sign_extended;

constexpr std::array<std::string_view, 6> linkers{"arm-linux-gnueabihf-ld",
                                                  "arm-linux-gnueabi-ld",
                                                  "aarch64-linux-gnu-ld",
                                                  "arm-none-eabi-ld",
                                                  "ld.lld",
                                                  "ld.lld-14"};

// BL, BLX and B.W: S at bit 26, imm10 at 16, J1 at 13, J2 at 11, imm11 at 0. The J bits are the
// next two bits of the distance, equal to S where it is small.
constexpr std::uint64_t encode_thumb_branch(std::uint64_t value, std::uint64_t word) {
  const std::uint64_t s = value >> 24 & 1;
  const std::uint64_t j1 = (value >> 23 & 1) ^ 1 ^ s;
  const std::uint64_t j2 = (value >> 22 & 1) ^ 1 ^ s;
  return (word & ~std::uint64_t{0x07ff2fff}) | s << 26 | (value >> 12 & 0x3ff) << 16 | j1 << 13 |
         j2 << 11 | (value >> 1 & 0x7ff);
}
constexpr std::int64_t decode_thumb_branch(std::uint64_t word) {
  const std::uint64_t s = word >> 26 & 1;
  const std::uint64_t i1 = (word >> 13 & 1) ^ 1 ^ s;
  const std::uint64_t i2 = (word >> 11 & 1) ^ 1 ^ s;
  return sign_extended(
      s << 24 | i1 << 23 | i2 << 22 | (word >> 16 & 0x3ff) << 12 | (word & 0x7ff) << 1, 25);
}

// A call of code in the other state. It is a BLX because of the import's state in the layouts'
// stub; the emitted object has BL again, and the final link decides.
constexpr std::uint64_t encode_as_bl(std::uint64_t addend, std::uint64_t) {
  return 0xeb000000 | (addend >> 2 & 0xffffff);
}
// The distance of a Thumb BLX is from its address rounded down to a word.
constexpr std::uint64_t encode_thumb_blx(std::uint64_t value, std::uint64_t word) {
  return encode_thumb_branch((value + 2) & ~std::uint64_t{3}, word);
}
constexpr std::uint64_t encode_as_thumb_bl(std::uint64_t addend, std::uint64_t word) {
  return encode_thumb_branch(addend, word | 0x1000);
}

constexpr Field halfwords(Field field) {
  field.order = Order::halfwords;
  return field;
}
constexpr Field with_addend(Field field, Field::Encode* addend) {
  field.addend = addend;
  return field;
}

// MOVW and MOVT: imm4 at bit 16, imm12 at bit 0; Thumb's have imm4 at bit 16, i at 26, imm3 at 12,
// imm8 at 0. A MOVT without an addend in its record (REL) has that of the whole value, not of its
// half.
constexpr Field movw = runs<4, Run{4, 12, 16}, Run{12, 0, 0}>;
constexpr Field movt = with_addend(runs<4, Run{4, 28, 16}, Run{12, 16, 0}>, movw.encode);
constexpr Field thumb_movw =
    halfwords(runs<4, Run{4, 12, 16}, Run{1, 11, 26}, Run{3, 8, 12}, Run{8, 0, 0}>);
constexpr Field thumb_movt = halfwords(with_addend(
    runs<4, Run{4, 28, 16}, Run{1, 27, 26}, Run{3, 24, 12}, Run{8, 16, 0}>, thumb_movw.encode));
constexpr Field thumb_branch{4, encode_thumb_branch, decode_thumb_branch, Order::halfwords};
// Conditional B.W: S at bit 26, imm6 at 16, J1 at 13, J2 at 11, imm11 at 0.
constexpr Field thumb_condition = halfwords(
    runs<4, Run{1, 20, 26}, Run{6, 12, 16}, Run{1, 18, 13}, Run{1, 19, 11}, Run{11, 1, 0}>);
constexpr Field branch = bits<4, 24, 2>;

constexpr RelocationType call(std::uint32_t number, std::string_view name, const Field& field) {
  return {number, name, relative, field, {}, true};
}

// A jump cannot change the state; linkers insert a veneer.
constexpr RelocationType jump(std::uint32_t number, std::string_view name, const Field& field) {
  RelocationType type = call(number, name, field);
  type.mismatch_hint =
      "a jump, such as a tail call, cannot change between ARM and Thumb code: declare the import "
      "as it is, :func or :thumb, or compile with -fno-optimize-sibling-calls";
  return type;
}

constexpr std::array types{
    RelocationType{R_ARM_NONE, "R_ARM_NONE", none, {}},
    RelocationType{R_ARM_V4BX, "R_ARM_V4BX", none, {}},
    call(R_ARM_PC24, "R_ARM_PC24", branch),
    RelocationType{R_ARM_ABS32, "R_ARM_ABS32", absolute, plain<32>, FixupKind::word32},
    RelocationType{R_ARM_TARGET1, "R_ARM_TARGET1", absolute, plain<32>, FixupKind::word32},
    RelocationType{R_ARM_REL32, "R_ARM_REL32", relative, plain<32>},
    RelocationType{R_ARM_ABS16, "R_ARM_ABS16", absolute, plain<16>},
    RelocationType{R_ARM_ABS8, "R_ARM_ABS8", absolute, plain<8>},
    RelocationType{R_ARM_PREL31, "R_ARM_PREL31", relative, bits<4, 31>},
    call(R_ARM_PLT32, "R_ARM_PLT32", branch),
    call(R_ARM_CALL, "R_ARM_CALL", branch),
    jump(R_ARM_JUMP24, "R_ARM_JUMP24", branch),
    call(R_ARM_THM_PC22, "R_ARM_THM_CALL", thumb_branch),
    jump(R_ARM_THM_JUMP24, "R_ARM_THM_JUMP24", thumb_branch),
    jump(R_ARM_THM_JUMP19, "R_ARM_THM_JUMP19", thumb_condition),
    jump(R_ARM_THM_PC11, "R_ARM_THM_JUMP11", bits<2, 11, 1>),
    jump(R_ARM_THM_PC9, "R_ARM_THM_JUMP8", bits<2, 8, 1>),
    RelocationType{R_ARM_MOVW_ABS_NC, "R_ARM_MOVW_ABS_NC", absolute, movw, FixupKind::arm_movw},
    RelocationType{R_ARM_MOVT_ABS, "R_ARM_MOVT_ABS", absolute, movt, FixupKind::arm_movt, false,
                   true},
    RelocationType{R_ARM_MOVW_PREL_NC, "R_ARM_MOVW_PREL_NC", relative, movw},
    RelocationType{R_ARM_MOVT_PREL, "R_ARM_MOVT_PREL", relative, movt, {}, false, true},
    RelocationType{R_ARM_THM_MOVW_ABS_NC, "R_ARM_THM_MOVW_ABS_NC", absolute, thumb_movw,
                   FixupKind::thumb_movw},
    RelocationType{R_ARM_THM_MOVT_ABS, "R_ARM_THM_MOVT_ABS", absolute, thumb_movt,
                   FixupKind::thumb_movt, false, true},
    RelocationType{R_ARM_THM_MOVW_PREL_NC, "R_ARM_THM_MOVW_PREL_NC", relative, thumb_movw},
    RelocationType{
        R_ARM_THM_MOVT_PREL, "R_ARM_THM_MOVT_PREL", relative, thumb_movt, {}, false, true},
    RelocationType{R_ARM_GOTOFF, "R_ARM_GOTOFF32", got_relative, plain<32>},
    RelocationType{R_ARM_GOTPC, "R_ARM_BASE_PREL", got_address, plain<32>},
    RelocationType{R_ARM_GOT32, "R_ARM_GOT_BREL", got_entry, plain<32>},
    RelocationType{R_ARM_GOT_PREL, "R_ARM_GOT_PREL", got_entry, plain<32>},
    RelocationType{R_ARM_TARGET2, "R_ARM_TARGET2", got_entry, plain<32>},
    RelocationType{R_ARM_TLS_GD32, "R_ARM_TLS_GD32", thread_local_, plain<32>},
    RelocationType{R_ARM_TLS_LDM32, "R_ARM_TLS_LDM32", thread_local_, plain<32>},
    RelocationType{R_ARM_TLS_LDO32, "R_ARM_TLS_LDO32", thread_local_, plain<32>},
    RelocationType{R_ARM_TLS_IE32, "R_ARM_TLS_IE32", thread_local_, plain<32>},
    RelocationType{R_ARM_TLS_LE32, "R_ARM_TLS_LE32", thread_local_, plain<32>},
};

constexpr Field blx_distance = with_addend(runs<4, Run{1, 1, 24}, Run{24, 2, 0}>, encode_as_bl);
constexpr Field thumb_blx_distance{4, encode_thumb_blx, decode_thumb_branch, Order::halfwords,
                                   encode_as_thumb_bl};
constexpr RelocationType blx = call(R_ARM_CALL, "R_ARM_CALL", blx_distance);
constexpr RelocationType thumb_blx = call(R_ARM_THM_PC22, "R_ARM_THM_CALL", thumb_blx_distance);

// A call whose instruction does not match the state of its function: no linker leaves it so, and
// the final link would change it. No value is valid in it.
constexpr std::uint64_t encode_never(std::uint64_t, std::uint64_t word) { return ~word; }
constexpr Field never{4, encode_never, nullptr};
constexpr RelocationType wrong_call = call(R_ARM_CALL, "R_ARM_CALL", never);
constexpr RelocationType wrong_thumb_call = call(R_ARM_THM_PC22, "R_ARM_THM_CALL", never);

// The register's bits in MOVW and MOVT.
std::uint64_t register_of(std::uint64_t word, Order order) {
  return word & (order == Order::halfwords ? 0xf00 : 0xf000);
}

// Sets the addend of each MOVT to that of its MOVW, because the field contains only the upper half.
// The MOVW loads the same register with the same symbol: the nearest before it, or else after it.
class MovtPairing {
 public:
  MovtPairing(const LinkedSection& section, std::span<DecodedRelocation> decoded)
      : section_(section), decoded_(decoded) {}

  void set_addends() {
    for (std::size_t i = 0; i < decoded_.size(); ++i) {
      const RelocationType* type = decoded_[i].type;
      if (type != nullptr && type->needs_addend) decoded_[i].addend = addend_for(i);
    }
  }

 private:
  std::optional<std::int64_t> addend_for(std::size_t upper) const {
    for (std::size_t i = upper; i-- > 0;) {
      if (is_pair(i, upper)) return addend_of(i);
    }
    for (std::size_t i = upper + 1; i < decoded_.size(); ++i) {
      if (is_pair(i, upper)) return addend_of(i);
    }
    return std::nullopt;
  }

  bool is_pair(std::size_t lower, std::size_t upper) const {
    const Relocation a = section_.table.records[lower];
    const Relocation b = section_.table.records[upper];
    if (a.symbol != b.symbol || a.type + 1 != b.type) return false;
    const Field& field = decoded_[upper].type->field;
    return register_of(section_.word(a, field), field.order) ==
           register_of(section_.word(b, field), field.order);
  }

  // These addends fit in 16 bits, the size of the field.
  std::int64_t addend_of(std::size_t lower) const {
    const Relocation r = section_.table.records[lower];
    const RelocationType& type = *decoded_[lower].type;
    const auto held = static_cast<std::uint64_t>(type.field.decode(section_.word(r, type.field)));
    const std::uint64_t place = type.formula == relative ? r.offset : 0;
    return sign_extended(held - section_.symbol(r).value + place, 16);
  }

  const LinkedSection& section_;
  std::span<DecodedRelocation> decoded_;
};

// Relative to the address rounded down, like the field.
std::int64_t addend_of_thumb_blx(const LinkedSection& section, const Relocation& r) {
  const auto held =
      static_cast<std::uint64_t>(decode_thumb_branch(section.word(r, thumb_blx.field)));
  const std::uint64_t distance = section.symbol(r).value - (r.offset & ~std::uint64_t{3});
  return sign_extended(held - distance, 25);
}

// A call is BL or BLX; which is valid depends on the state of the called function.
void interpret_call(const LinkedSection& section, const Relocation& r, DecodedRelocation& decoded) {
  const bool from_thumb = r.type == R_ARM_THM_PC22;
  const std::uint64_t word = section.word(r, decoded.type->field);
  const bool is_blx = from_thumb ? (word & 0x1000) == 0 : word >> 25 == 0x7d;
  const Symbol& callee = section.symbol(r);
  const bool to_thumb = (callee.value & 1) != 0;
  if (callee.type == STT_FUNC && is_blx != (from_thumb != to_thumb)) {
    decoded.type = from_thumb ? &wrong_thumb_call : &wrong_call;
  } else if (is_blx) {
    decoded.type = from_thumb ? &thumb_blx : &blx;
    if (from_thumb && !section.table.has_addends) decoded.addend = addend_of_thumb_blx(section, r);
  }
}

void interpret(const LinkedSection& section, std::span<DecodedRelocation> decoded) {
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    const Relocation r = section.table.records[i];
    if (decoded[i].type == nullptr) continue;
    if (r.type == R_ARM_CALL || r.type == R_ARM_THM_PC22) interpret_call(section, r, decoded[i]);
  }
  if (!section.table.has_addends) MovtPairing(section, decoded).set_addends();
}

std::optional<PassthroughRelocation> passthrough(const RelocationType& type, std::int64_t addend,
                                                 const FieldPosition& position) {
  if (type.formula != got_relative) return passthrough_unchanged(type, addend, position);
  return PassthroughRelocation{R_ARM_REL32,
                               static_cast<std::int32_t>(pc_relative_addend(addend, position))};
}

}  // namespace

constinit const Target arm{
    .name = "arm",
    .machine = EM_ARM,
    .is_64 = false,
    .is_big_endian = false,
    .emulation = "armelf_linux_eabi",
    .linkers = linkers,
    .types = types,
    .interpret = interpret,
    .has_mapping_symbols = true,
    .output_machine = EM_ARM,
    .output_is_64 = false,
    .output_has_addends = false,
    .output_word = R_ARM_ABS32,
    .passthrough = passthrough,
};

}  // namespace cbundle::target
