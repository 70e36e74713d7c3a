// XXH3-128 of bytes, in one call or piece by piece.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
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

// The digest of bytes that come in pieces.
class Hasher {
 public:
  Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  void add(std::string_view bytes);
  Digest digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Identifies a stage's result before it exists. A type of its own, so that nobody takes it for the
// digest of the result.
struct StageKey {
  Digest digest;
  auto operator<=>(const StageKey&) const = default;
};

}  // namespace cbundle

template <>
struct std::hash<cbundle::Digest> {
  std::size_t operator()(const cbundle::Digest& d) const noexcept {
    std::size_t head = 0;  // uniform already, so eight bytes are enough
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
