// Which bytes of a section hold the fields of relocation records, and which of these fields the
// final link fills in: no byte of theirs may be another's too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cbundle {

class FieldOverlapChecker {
 public:
  // Of a section with so many bytes; takes a quarter of its size.
  explicit FieldOverlapChecker(std::size_t size) : any_(size / 64 + 2), filled_in_(size / 64 + 2) {}

  // Notes a field of 1 to 8 bytes, which lies among the section's. False where it shares a byte
  // with one noted before, unless both keep what they hold.
  bool claim(std::uint64_t offset, unsigned size, bool is_filled_in) {
    const Bits bits(offset, size);
    const bool is_free = !bits.meets(is_filled_in ? any_ : filled_in_);
    bits.put_into(any_);
    if (is_filled_in) bits.put_into(filled_in_);
    return is_free;
  }

 private:
  using Words = std::vector<std::uint64_t>;

  // A bit for each byte; at most two words of them.
  struct Bits {
    std::size_t word;
    std::uint64_t low;
    std::uint64_t high;

    Bits(std::uint64_t offset, unsigned size)
        : word(offset / 64),
          low(ones(size) << offset % 64),
          high(ones(size) >> 1 >> (63 - offset % 64)) {}

    static std::uint64_t ones(unsigned size) { return (std::uint64_t{1} << size) - 1; }
    bool meets(const Words& in) const { return ((in[word] & low) | (in[word + 1] & high)) != 0; }
    void put_into(Words& into) const {
      into[word] |= low;
      into[word + 1] |= high;
    }
  };

  Words any_;
  Words filled_in_;
};

}  // namespace cbundle
