#include "engine/base/digest.h"

#include <algorithm>
#include <atomic>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace cbundle {
namespace {

std::atomic<Sha256 (*)(std::string_view)> sha256_of = nullptr;

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

Digest digest_of(XXH128_hash_t hash) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  Digest digest;
  std::copy(std::begin(canonical.digest), std::end(canonical.digest), digest.bytes.begin());
  return digest;
}

template <std::size_t size>
std::optional<std::array<std::uint8_t, size>> bytes_of_hex(std::string_view hex) {
  std::array<std::uint8_t, size> bytes;
  if (hex.size() != 2 * size) return std::nullopt;
  for (std::size_t i = 0; i < size; ++i) {
    const int high = nibble(hex[2 * i]);
    const int low = nibble(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return bytes;
}

std::string hex_of(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto b = static_cast<std::uint8_t>(c);
    text += digits[b >> 4];
    text += digits[b & 15];
  }
  return text;
}

}  // namespace

std::optional<Sha256> Sha256::from_hex(std::string_view hex) {
  const auto bytes = bytes_of_hex<32>(hex);
  return bytes ? std::optional(Sha256{*bytes}) : std::nullopt;
}

std::string Sha256::hex() const { return hex_of(raw()); }

void Digest::use_sha256(Sha256 (*hash)(std::string_view bytes)) { sha256_of = hash; }

std::optional<Sha256> sha256_if_used(std::string_view bytes) {
  const auto hash = sha256_of.load(std::memory_order_relaxed);
  return hash != nullptr ? std::optional(hash(bytes)) : std::nullopt;
}

Digest Digest::of(Bytes content) {
  Digest digest = digest_of(XXH3_128bits(content.data(), content.size()));
  digest.sha256 = sha256_if_used(as_text(content));
  return digest;
}

struct Hasher::State {
  XXH3_state_t xxh3;
};

Hasher::Hasher() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh3); }
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::add(std::string_view bytes) {
  XXH3_128bits_update(&state_->xxh3, bytes.data(), bytes.size());
}

Digest Hasher::digest() const { return digest_of(XXH3_128bits_digest(&state_->xxh3)); }

std::optional<Digest> Digest::from_hex(std::string_view hex) {
  const auto bytes = bytes_of_hex<16>(hex);
  return bytes ? std::optional(Digest{*bytes}) : std::nullopt;
}

std::optional<Digest> Digest::from_bytes(std::string_view raw) {
  Digest digest;
  if (raw.size() != digest.bytes.size()) return std::nullopt;
  std::copy(raw.begin(), raw.end(), reinterpret_cast<char*>(digest.bytes.data()));
  return digest;
}

std::string Digest::hex() const { return hex_of(raw()); }

}  // namespace cbundle
