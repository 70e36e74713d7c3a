// Serialization of values between stages: lengths and numbers in 8 bytes, little-endian, without
// padding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/endian.h"

namespace cbundle {

class Packer {
 public:
  template <class Number>
  requires std::is_integral_v<Number> || std::is_enum_v<Number> Packer& operator<<(Number number) {
    char raw[8];
    store_number(raw, static_cast<std::uint64_t>(number), false);
    bytes_.append(raw, sizeof raw);
    return *this;
  }
  Packer& operator<<(std::string_view text) {
    *this << text.size();
    bytes_ += text;
    return *this;
  }

  template <class T>
  Packer& operator<<(const std::vector<T>& items) {
    *this << items.size();
    for (const T& item : items) *this << item;
    return *this;
  }
  template <class First, class Second>
  Packer& operator<<(const std::pair<First, Second>& pair) {
    return *this << pair.first << pair.second;
  }

  // Reserves room for `more` bytes.
  void reserve(std::size_t more) { bytes_.reserve(bytes_.size() + more); }

  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// LexMode past the end returns zeros and empty texts, and good() is then false.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  template <class Number>
  requires std::is_integral_v<Number> || std::is_enum_v<Number> Unpacker& operator>>(
      Number& number) {
    const std::string_view raw = take(8);
    number = static_cast<Number>(raw.empty() ? 0 : load_number<std::uint64_t>(raw.data(), false));
    return *this;
  }
  Unpacker& operator>>(std::string& text) {
    std::uint64_t size = 0;
    *this >> size;
    text = take(size);
    return *this;
  }
  template <class T>
  Unpacker& operator>>(std::vector<T>& items) {
    items.resize(count(8));  // every item takes at least one number
    for (T& item : items) *this >> item;
    return *this;
  }
  template <class First, class Second>
  Unpacker& operator>>(std::pair<First, Second>& pair) {
    return *this >> pair.first >> pair.second;
  }
  // A count of items of at least `each` bytes; 0 and not good() if so many cannot follow.
  std::uint64_t count(std::size_t each) {
    std::uint64_t n = 0;
    *this >> n;
    if (n > rest_.size() / each) good_ = false;
    return good_ ? n : 0;
  }

  bool good() const { return good_; }

 private:
  std::string_view take(std::uint64_t size) {
    if (!good_ || size > rest_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view front = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return front;
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace cbundle
