#include "engine/elf/field.h"

namespace cbundle {

std::uint64_t load_word(const std::byte* at, unsigned size, bool big_endian) {
  std::uint64_t word = 0;
  for (unsigned i = 0; i < size; ++i) {
    const unsigned from = big_endian ? i : size - 1 - i;
    word = word << 8 | std::to_integer<std::uint64_t>(at[from]);
  }
  return word;
}

void store_word(std::byte* at, unsigned size, bool big_endian, std::uint64_t word) {
  for (unsigned i = 0; i < size; ++i, word >>= 8) {
    at[big_endian ? size - 1 - i : i] = static_cast<std::byte>(word);
  }
}

std::uint64_t Field::load_other(const std::byte* at, bool big_endian) const {
  if (order == Order::native) return load_word(at, size, big_endian);
  return load_word(at, 2, big_endian) << 16 | load_word(at + 2, 2, big_endian);
}

void Field::store(std::byte* at, bool big_endian, std::uint64_t word) const {
  if (size == 4 && order == Order::native) {
    return store_number(at, static_cast<std::uint32_t>(word), big_endian);
  }
  if (order == Order::native) return store_word(at, size, big_endian, word);
  store_word(at, 2, big_endian, word >> 16);
  store_word(at + 2, 2, big_endian, word);
}

}  // namespace cbundle
