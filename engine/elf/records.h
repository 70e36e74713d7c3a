// The relocation records of one section, read in place: a link of 10 MB has hundreds of thousands,
// and copying them would take longer than the link.
//
// Source: System V ABI, chapter 4, "Relocation"; for MIPS n64, 64-bit ELF Object File
// Specification 2.5, chapter 2.9.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/endian.h"

namespace cbundle {

struct Relocation {
  std::uint64_t offset = 0;  // in the section for an object, an address in an image
  std::uint32_t type = 0;    // MIPS n64: up to three types, the first in the low byte
  std::uint32_t symbol = 0;  // index
  std::int64_t addend = 0;   // 0 where the record has none
};

class Records {
 public:
  struct Format {
    bool is_64 = false;
    bool is_big_endian = false;
    bool has_addends = false;  // RELA
    bool is_mips64 = false;    // n64 has its own order of symbol and types
    std::size_t entry_size() const {
      return (is_64 ? 8U : 4U) * (has_addends ? std::size_t{3} : std::size_t{2});
    }
  };

  class Iterator {
   public:
    Iterator(const Records* records, std::size_t at) : records_(records), at_(at) {}

    Relocation operator*() const { return (*records_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const Records* records_;
    std::size_t at_;
  };

  Records() = default;
  // `bytes` holds whole records, and outlives this.
  Records(Bytes bytes, const Format& format)
      : at_(bytes.data()),
        format_(format),
        entry_size_(format.entry_size()),
        size_(bytes.size() / entry_size_) {}

  std::size_t size() const { return size_; }
  Relocation operator[](std::size_t i) const {
    const std::byte* at = at_ + i * entry_size_;
    return format_.is_64 ? wide(at) : narrow(at);
  }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size_}; }

 private:
  Relocation narrow(const std::byte* at) const {
    const bool big = format_.is_big_endian;
    const auto info = load_number<std::uint32_t>(at + 4, big);
    Relocation r{load_number<std::uint32_t>(at, big), info & 0xff, info >> 8, 0};
    if (format_.has_addends) {
      r.addend = static_cast<std::int32_t>(load_number<std::uint32_t>(at + 8, big));
    }
    return r;
  }

  Relocation wide(const std::byte* at) const {
    const bool big = format_.is_big_endian;
    Relocation r{load_number<std::uint64_t>(at, big), 0, 0, 0};
    if (format_.is_mips64) {
      // Four bytes of symbol, a special symbol, the third type, the second, the first.
      r.symbol = load_number<std::uint32_t>(at + 8, big);
      r.type = load_number<std::uint32_t>(at + 12, true) & 0xffffff;
    } else {
      const auto info = load_number<std::uint64_t>(at + 8, big);
      r.symbol = static_cast<std::uint32_t>(info >> 32);
      r.type = static_cast<std::uint32_t>(info);
    }
    if (format_.has_addends) {
      r.addend = static_cast<std::int64_t>(load_number<std::uint64_t>(at + 16, big));
    }
    return r;
  }

  const std::byte* at_ = nullptr;
  Format format_;
  std::size_t entry_size_ = 1;
  std::size_t size_ = 0;
};

}  // namespace cbundle
