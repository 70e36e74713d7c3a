// What relocation types ask for, as tables of bits: all that emitted objects have, and i386's.
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
  from_got,  // S + A - GOT, in layouts only
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

// Null for what is not told here.
const Rule* rule_for(std::uint16_t machine, std::uint32_t type);

// The word at a place, and back.
std::uint64_t load(const Rule& rule, const unsigned char* at, bool is_big_endian);
void store(const Rule& rule, unsigned char* at, bool is_big_endian, std::uint64_t word);

// The word with the value in it.
std::uint64_t put(const Rule& rule, std::uint64_t word, std::uint64_t value);

// What the word holds of a value, its other bits 0; and how many bits there are to the highest.
std::uint64_t held(const Rule& rule, std::uint64_t word);
unsigned width(const Rule& rule);

std::uint64_t sign_extended(std::uint64_t value, unsigned width);

// Whether an address that the field holds says by its lowest bit that there is Thumb code. A
// distance that a branch goes does not, nor does an upper half.
bool tells_state(const Rule& rule);

}  // namespace cbundle::rules
