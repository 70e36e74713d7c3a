// XXH3-128 of bytes that come in pieces: the digest that a bundle goes by.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cbundle {

class Hasher {
 public:
  Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  void add(std::string_view bytes);
  std::string digest() const;  // 16 bytes, big-endian: the canonical form

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Of bytes that are all there.
std::string digest_of(std::string_view bytes);

// 32 digits.
std::string hex(std::string_view bytes);

}  // namespace cbundle
