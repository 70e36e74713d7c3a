// XXH3-128 of bytes, in one call or piece by piece; and their SHA-256 beside it, for what machines
// share.
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

struct Sha256 {
  std::array<std::uint8_t, 32> bytes{};

  static std::optional<Sha256> from_hex(std::string_view hex);  // 64 digits, lower case
  std::string hex() const;
  std::string_view raw() const { return {reinterpret_cast<const char*>(bytes.data()), 32}; }

  auto operator<=>(const Sha256&) const = default;
};

// XXH3 tells accidents, not malice, so it identifies only what this machine has made. A remote
// cache needs SHA-256 of the same bytes. That takes ten times as long (0.6 ms for a MiB), so it is
// computed only in a process that has asked for it; digests that come from the disk have none.
struct Digest {
  std::array<std::uint8_t, 16> bytes{};  // big-endian, as XXH128's canonical form
  std::optional<Sha256> sha256 = {};     // does not count in comparisons

  static Digest of(Bytes content);
  static Digest of(std::string_view text) { return of(as_bytes(text)); }
  static std::optional<Digest> from_hex(std::string_view hex);    // 32 digits, lower case
  static std::optional<Digest> from_bytes(std::string_view raw);  // 16 bytes
  std::string hex() const;
  std::string_view raw() const { return {reinterpret_cast<const char*>(bytes.data()), 16}; }

  // From now on, of() sets `sha256`. Before any other thread is started; `hash` lives in
  // the engine, as the client has no use for OpenSSL.
  static void use_sha256(Sha256 (*hash)(std::string_view bytes));

  bool operator==(const Digest& other) const { return bytes == other.bytes; }
  auto operator<=>(const Digest& other) const { return bytes <=> other.bytes; }
};

// Of `bytes`, or nothing where use_sha256() was not called.
std::optional<Sha256> sha256_if_used(std::string_view bytes);

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
  bool operator==(const StageKey&) const = default;
  auto operator<=>(const StageKey& other) const { return digest <=> other.digest; }
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
