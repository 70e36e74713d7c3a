// The flat images of a bundle's two layouts, and by how much the second is moved.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace cbundle {

// What the script of the moved layout was told.
struct LayoutShift {
  std::uint64_t gap;        // bytes in front of the code, behind the imports
  std::uint64_t text_diff;  // from one start of .text to the other
};

struct FlatImage {
  std::string path;
  std::string bytes;
};

class FlatPair {
 public:
  // In either order: the moved image is the larger one. Error{bad_input} where their sizes do not
  // differ by the gap, or by the gap and padding that some alignment explains. Both may be empty:
  // of a section that holds only a gap, the linker may write nothing.
  static Result<FlatPair> of(FlatImage one, FlatImage other, const LayoutShift& shift);

  const std::string& path() const { return base_.path; }
  std::string_view base() const { return base_.bytes; }  // the bundle's bytes
  // As many bytes of the moved image.
  std::string_view moved() const;
  // By how much the code is further from the imports in the moved image.
  std::uint64_t gap() const { return shift_.gap + padding_; }
  std::uint64_t text_diff() const { return shift_.text_diff; }
  // The alignment that padding in front of the moved code tells of; 1 where there is no padding.
  std::uint64_t alignment() const;
  // Where there is padding and yet the bytes do not agree, it was not in front of all the code.
  Error odd_sizes() const;

 private:
  FlatPair(FlatImage base, FlatImage moved, const LayoutShift& shift);
  bool is_sound() const;

  FlatImage base_;
  FlatImage moved_;
  LayoutShift shift_;
  std::uint64_t padding_;
};

}  // namespace cbundle
