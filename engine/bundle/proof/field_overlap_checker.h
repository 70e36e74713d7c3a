// Checks that a field of a section that the final link fills in shares no byte with another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cbundle {

class FieldOverlapChecker {
 public:
  // For a section of so many bytes; takes a quarter of its size.
  explicit FieldOverlapChecker(std::size_t size) : any_(size / 64 + 2), relocated_(size / 64 + 2) {}

  // Adds a field of 1 to 8 bytes, which is inside the section. `is_relocated`: the final link fills
  // it in. False where it shares a byte with an earlier field and one of the two is relocated.
  bool add(std::uint64_t offset, unsigned size, bool is_relocated) {
    const Bits bits(offset, size);
    const bool is_free = !bits.overlap(is_relocated ? any_ : relocated_);
    bits.put_into(any_);
    if (is_relocated) bits.put_into(relocated_);
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
    bool overlap(const Words& in) const { return ((in[word] & low) | (in[word + 1] & high)) != 0; }
    void put_into(Words& into) const {
      into[word] |= low;
      into[word + 1] |= high;
    }
  };

  Words any_;
  Words relocated_;
};

}  // namespace cbundle
