#include "engine/elf/records.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace cbundle {
namespace {

template <class Number>
Number load(const std::byte* at, bool big_endian) {
  std::array<std::byte, sizeof(Number)> raw;
  std::memcpy(raw.data(), at, raw.size());
  if (big_endian != (std::endian::native == std::endian::big)) std::ranges::reverse(raw);
  return std::bit_cast<Number>(raw);
}

}  // namespace

Relocation Records::operator[](std::size_t i) const {
  const bool big = format_.is_big_endian;
  const std::byte* at = bytes_.data() + i * format_.entry_size();
  Relocation r;
  if (!format_.is_64) {
    r.offset = load<std::uint32_t>(at, big);
    const auto info = load<std::uint32_t>(at + 4, big);
    r.symbol = info >> 8;
    r.type = info & 0xff;
    if (format_.has_addends) r.addend = load<std::int32_t>(at + 8, big);
    return r;
  }
  r.offset = load<std::uint64_t>(at, big);
  if (format_.is_mips64) {
    // Four bytes of symbol, a special symbol, the third type, the second, the first.
    r.symbol = load<std::uint32_t>(at + 8, big);
    r.type = std::to_integer<std::uint32_t>(at[15]) | std::to_integer<std::uint32_t>(at[14]) << 8 |
             std::to_integer<std::uint32_t>(at[13]) << 16;
  } else {
    const auto info = load<std::uint64_t>(at + 8, big);
    r.symbol = static_cast<std::uint32_t>(info >> 32);
    r.type = static_cast<std::uint32_t>(info);
  }
  if (format_.has_addends) r.addend = load<std::int64_t>(at + 16, big);
  return r;
}

}  // namespace cbundle
