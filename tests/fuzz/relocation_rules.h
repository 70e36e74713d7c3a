// What each relocation type of an emitted object asks for, as tables of bits.
//
// Sources: the machines' ABI supplements and instruction sets. Told here a second time on purpose:
// the fuzzers compare these tables with those of the engine.
#pragma once

#include <array>
#include <cstdint>

namespace cbundle::rules {

enum class How : std::uint8_t {
  sum,       // S + A
  distance,  // S + A - P
  pages,     // the same between 4 KB pages
  of_upper,  // RISC-V: what the record at S, an upper half, comes to
};

enum class Word : std::uint8_t {
  plain,
  halves,         // T32: two half-words, the upper first
  arm_call,       // BL, or BLX to Thumb code
  thumb_call,     // likewise in T32, with the J bits
  thumb_jump,     // with the J bits
  signed_move,    // AArch64: MOVN for what is negative
  upper_addend,   // REL: the field's addend counts for the whole value, not for its half
  thumb_upper,    // likewise in halves
  paired_addend,  // REL: the next lower half completes the addend
};

// Bits `from`.. of the value plus `rounding`, `width` of them, go to bits `to`.. of the word.
struct Bits {
  std::uint8_t from = 0;
  std::uint8_t width = 0;
  std::uint8_t to = 0;
  std::uint64_t rounding = 0;
};

struct Rule {
  std::uint16_t machine;  // EM_*
  std::uint32_t type;
  How how;
  std::uint8_t size;  // bytes of the word
  std::array<Bits, 8> bits;
  Word word = Word::plain;
};

// Null for what no emitted object has.
const Rule* rule_for(std::uint16_t machine, std::uint32_t type);

}  // namespace cbundle::rules
