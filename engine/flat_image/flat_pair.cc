#include "engine/flat_image/flat_pair.h"

#include <utility>

#include "engine/base/text.h"

namespace cbundle {
namespace {

constexpr std::uint64_t usual_alignment = 4096;  // no section is likely to want more

// The largest power of two that divides `value`.
std::uint64_t alignment_of(std::uint64_t value) { return value & (~value + 1); }

std::string size_of(const FlatImage& image) {
  return image.path + " has " + std::to_string(image.bytes.size()) + " bytes";
}

}  // namespace

FlatPair::FlatPair(FlatImage base, FlatImage moved, const LayoutShift& shift)
    : base_(std::move(base)),
      moved_(std::move(moved)),
      shift_(shift),
      padding_(moved_.bytes.size() - base_.bytes.size() - shift.gap) {
  if (moved_.bytes.empty()) padding_ = 0;
}

Result<FlatPair> FlatPair::of(FlatImage one, FlatImage other, const LayoutShift& shift) {
  if (one.bytes.size() > other.bytes.size()) std::swap(one, other);
  FlatPair pair(std::move(one), std::move(other), shift);
  if (!pair.is_sound()) return pair.odd_sizes();
  return pair;
}

bool FlatPair::is_sound() const {
  if (moved_.bytes.empty() || padding_ == 0) return true;
  const bool is_smaller = moved_.bytes.size() < base_.bytes.size() + shift_.gap;
  return !is_smaller && padding_ < alignment();
}

std::string_view FlatPair::moved() const {
  return moved_.bytes.empty() ? std::string_view() : std::string_view(moved_.bytes).substr(gap());
}

std::uint64_t FlatPair::alignment() const {
  return padding_ == 0 ? 1 : alignment_of(shift_.text_diff + gap());
}

Error FlatPair::odd_sizes() const {
  const std::uint64_t sum = shift_.text_diff + shift_.gap;
  const std::uint64_t rounded = (sum + usual_alignment - 1) / usual_alignment * usual_alignment;
  return {ErrorKind::bad_input,
          size_of(base_) + ", so the image of the moved layout should have " +
              std::to_string(base_.bytes.size() + shift_.gap) + ", a gap of " + hex(shift_.gap) +
              " more; " + size_of(moved_) + "\n  either they are not of the same objects, or a " +
              "section is aligned to more than " + std::to_string(alignment_of(sum)) +
              ": let the gap and the distance of .text add up\n  to a multiple of that "
              "alignment, in the script and here; " +
              hex(rounded - shift_.gap) + " as distance does for all up to " +
              std::to_string(usual_alignment)};
}

}  // namespace cbundle
