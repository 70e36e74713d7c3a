// The flat images of a bundle's two layouts, and the distance between them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace cbundle {

// The distances that the script of the moved layout has.
struct LayoutShift {
  std::uint64_t gap;        // bytes between the imports and the code
  std::uint64_t text_diff;  // from one start of .text to the other; bytes
};

struct FlatImage {
  std::string path;
  std::string bytes;
};

class FlatPair {
 public:
  // In either order: the moved image is the larger one. Error{bad_input} if their sizes do not
  // differ by the gap, or by the gap and padding that an alignment explains. Both may be empty:
  // of a section that holds only a gap, a linker may write nothing.
  static Result<FlatPair> of(FlatImage one, FlatImage other, const LayoutShift& shift);

  const std::string& path() const { return base_.path; }
  std::string_view base() const { return base_.bytes; }  // the bundle's bytes
  // As many bytes of the moved image.
  std::string_view moved() const;
  // The distance between code and imports in the moved image, less that in the base; bytes.
  std::uint64_t gap() const { return shift_.gap + padding_; }
  std::uint64_t text_diff() const { return shift_.text_diff; }
  // The alignment that padding before the moved code implies; 1 without padding.
  std::uint64_t alignment() const;
  // If the bytes do not agree although there is padding, it is not all before the code.
  Error size_mismatch() const;

 private:
  FlatPair(FlatImage base, FlatImage moved, const LayoutShift& shift);
  bool has_valid_sizes() const;

  FlatImage base_;
  FlatImage moved_;
  LayoutShift shift_;
  std::uint64_t padding_;
};

}  // namespace cbundle
