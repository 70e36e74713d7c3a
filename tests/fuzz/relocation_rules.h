// The relocation types of emitted objects and of i386, as tables of bits.
//
// Sources: the machines' ABI supplements and instruction sets. Written independently of the
// engine's tables on purpose: the fuzzers compare the two.
#pragma once

#include <array>
#include <cstdint>

namespace cbundle::rules {

enum class Value : std::uint8_t {
  sum,       // S + A
  distance,  // S + A - P
  pages,     // the same between 4 KB pages
  of_upper,  // RISC-V: the value of the record at S, an upper half
  from_got,  // S + A - GOT, in layouts only
};

enum class Word : std::uint8_t {
  plain,
  halves,         // T32: two halfwords, the upper one first
  arm_call,       // BL, or BLX to Thumb code
  thumb_call,     // likewise in T32, with the J bits
  thumb_jump,     // with the J bits
  signed_move,    // AArch64: MOVN for what is negative
  upper_addend,   // REL: the field's addend is that of the whole value, not of its half
  thumb_upper,    // likewise in halves
  paired_addend,  // REL: the next lower half completes the addend
};

// `width` bits of the value plus `rounding`, from bit `from`, are at bit `to` of the word.
struct Bits {
  std::uint8_t from = 0;
  std::uint8_t width = 0;
  std::uint8_t to = 0;
  std::uint64_t rounding = 0;
};

struct Rule {
  std::uint16_t machine;  // EM_*
  std::uint32_t type;
  Value value;
  std::uint8_t size;  // bytes of the word
  std::array<Bits, 8> bits;
  Word word = Word::plain;
};

// Null for types that are not in the tables.
const Rule* rule_for(std::uint16_t machine, std::uint32_t type);

// Reads and writes a word.
std::uint64_t load(const Rule& rule, const unsigned char* at, bool is_big_endian);
void store(const Rule& rule, unsigned char* at, bool is_big_endian, std::uint64_t word);

// The word with the value in it.
std::uint64_t encode(const Rule& rule, std::uint64_t word, std::uint64_t value);

// The bits of the value that the word contains, the others 0; and the number of bits to the
// highest.
std::uint64_t decode(const Rule& rule, std::uint64_t word);
unsigned width(const Rule& rule);

std::uint64_t sign_extended(std::uint64_t value, unsigned width);

// Whether the lowest bit of an address in the field means Thumb code. Not in the distance of a
// branch, nor in an upper half.
bool has_state_bit(const Rule& rule);

}  // namespace cbundle::rules
