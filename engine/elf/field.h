// How a relocation's value is encoded: a number of some bits in a word of code or data.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/base/endian.h"

namespace cbundle {

// The order of a word's bytes.
enum class Order : std::uint8_t {
  native,     // that of the machine's numbers
  halfwords,  // two halfwords, the upper one first: Thumb-2 code
};

struct Field {
  using Encode = std::uint64_t(std::uint64_t value, std::uint64_t word);  // the new word
  using Decode = std::int64_t(std::uint64_t word);  // the value, sign-extended

  std::uint8_t size = 0;  // bytes, 1 to 8
  Order order = Order::native;
  std::uint64_t mask = 0;  // the bits that encode() may change
  Encode* encode = nullptr;
  Decode* decode = nullptr;
  Encode* addend = nullptr;  // encodes the addend of a record without one (REL); null: encode

  constexpr Field() = default;
  constexpr Field(std::uint8_t bytes, Encode* put, Decode* get, Order byte_order = Order::native,
                  Encode* put_addend = nullptr)
      : size(bytes), order(byte_order), encode(put), decode(get), addend(put_addend) {
    const std::uint64_t zero = put(0, 0);
    for (unsigned bit = 0; bit < 64; ++bit) {
      mask |= put(std::uint64_t{1} << bit, 0) ^ zero;
      mask |= put((std::uint64_t{1} << bit) - 1, 0) ^ zero;  // carries, in %hi-like fields
    }
  }

  std::uint64_t load(const std::byte* at, bool big_endian) const {
    const bool is_plain = size == 4 && order == Order::native;
    return is_plain ? load_number<std::uint32_t>(at, big_endian) : load_other(at, big_endian);
  }
  void store(std::byte* at, bool big_endian, std::uint64_t word) const;
  std::uint64_t encode_addend(std::int64_t value, std::uint64_t word) const {
    return (addend != nullptr ? addend : encode)(static_cast<std::uint64_t>(value), word);
  }

 private:
  std::uint64_t load_other(const std::byte* at, bool big_endian) const;
};

// Reads and writes `size` bytes as a number.
std::uint64_t load_word(const std::byte* at, unsigned size, bool big_endian);
void store_word(std::byte* at, unsigned size, bool big_endian, std::uint64_t word);

namespace field {

constexpr std::uint64_t ones(unsigned width) { return ~std::uint64_t{0} >> (64 - width); }

// The lowest `width` bits as a signed number.
constexpr std::int64_t sign_extended(std::uint64_t bits, unsigned width) {
  return static_cast<std::int64_t>(bits << (64 - width)) >> (64 - width);
}

// Bits that are next to each other in the value and in the word.
struct Run {
  unsigned width = 0;
  unsigned in_value = 0;  // the lowest bit's number
  unsigned in_word = 0;
};

template <Run... Runs>
constexpr std::uint64_t encode_runs(std::uint64_t value, std::uint64_t word) {
  constexpr std::uint64_t mask = (... | (ones(Runs.width) << Runs.in_word));
  return (word & ~mask) | (... | ((value >> Runs.in_value & ones(Runs.width)) << Runs.in_word));
}

template <Run... Runs>
constexpr std::int64_t decode_runs(std::uint64_t word) {
  constexpr unsigned width = std::max({Runs.width + Runs.in_value...});
  return sign_extended((... | ((word >> Runs.in_word & ones(Runs.width)) << Runs.in_value)), width);
}

template <unsigned Bytes, Run... Runs>
inline constexpr Field runs{Bytes, encode_runs<Runs...>, decode_runs<Runs...>};

// `Width` bits at bit `Low` contain the value without its lowest `Shift` bits.
template <unsigned Bytes, unsigned Width, unsigned Shift = 0, unsigned Low = 0>
inline constexpr Field bits = runs<Bytes, Run{Width, Shift, Low}>;

// A plain number of so many bits.
template <unsigned Width>
inline constexpr Field plain = bits<Width / 8, Width>;

}  // namespace field

}  // namespace cbundle
