// Checks that a field of a section that the final link fills in shares no byte with another.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cbundle {

class FieldOverlapChecker {
 public:
  // For a section of so many bytes; takes a quarter of its size.
  explicit FieldOverlapChecker(std::size_t size) : any_(size), relocated_(size) {}

  // Adds a field, which is inside the section. `is_relocated`: the final link fills it in. False
  // where it shares a byte with an earlier field and one of the two is relocated.
  bool add(std::uint64_t offset, unsigned size, bool is_relocated) {
    const auto at = static_cast<std::ptrdiff_t>(offset);
    const auto earlier = (is_relocated ? any_ : relocated_).begin() + at;
    const bool is_free = std::find(earlier, earlier + size, true) == earlier + size;
    std::fill_n(any_.begin() + at, size, true);
    if (is_relocated) std::fill_n(relocated_.begin() + at, size, true);
    return is_free;
  }

 private:
  // By byte of the section: whether a field, or a relocated one, contains it.
  std::vector<bool> any_;
  std::vector<bool> relocated_;
};

}  // namespace cbundle
