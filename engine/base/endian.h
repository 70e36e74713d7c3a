// Numbers in memory of either byte order.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cbundle {

inline std::uint8_t swapped(std::uint8_t n) { return n; }
inline std::uint16_t swapped(std::uint16_t n) { return __builtin_bswap16(n); }
inline std::uint32_t swapped(std::uint32_t n) { return __builtin_bswap32(n); }
inline std::uint64_t swapped(std::uint64_t n) { return __builtin_bswap64(n); }

inline constexpr bool native_is_big = std::endian::native == std::endian::big;

// `at` needs no alignment.
template <class Number>
Number load_number(const void* at, bool big_endian) {
  Number n;
  std::memcpy(&n, at, sizeof n);
  return big_endian == native_is_big ? n : swapped(n);
}

template <class Number>
void store_number(void* at, Number n, bool big_endian) {
  if (big_endian != native_is_big) n = swapped(n);
  std::memcpy(at, &n, sizeof n);
}

}  // namespace cbundle
