// The name of some bytes: their XXH3-128 hash.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"

namespace cbundle {

struct Digest {
  std::array<std::uint8_t, 16> bytes{};  // big-endian, as XXH128's canonical form

  static Digest of(Bytes content);
  static Digest of(std::string_view text) { return of(as_bytes(text)); }
  static std::optional<Digest> from_hex(std::string_view hex);    // 32 digits, lower case
  static std::optional<Digest> from_bytes(std::string_view raw);  // 16 bytes
  std::string hex() const;
  std::string_view raw() const { return {reinterpret_cast<const char*>(bytes.data()), 16}; }

  auto operator<=>(const Digest&) const = default;
};

// The name of a stage's result before it exists. Never mixed up with the Digest of the result,
// hence a type of its own.
struct StageKey {
  Digest digest;
  auto operator<=>(const StageKey&) const = default;
};

}  // namespace cbundle

template <>
struct std::hash<cbundle::Digest> {
  std::size_t operator()(const cbundle::Digest& d) const noexcept {
    std::size_t head = 0;  // already uniform, so a prefix will do
    for (std::size_t i = 0; i < 8; ++i) head = head << 8 | d.bytes[i];
    return head;
  }
};

template <>
struct std::hash<cbundle::StageKey> {
  std::size_t operator()(const cbundle::StageKey& k) const noexcept {
    return std::hash<cbundle::Digest>()(k.digest);
  }
};
