#include "engine/flat_image/flat_pair.h"

#include <utility>

#include "engine/base/text.h"

namespace cbundle {
namespace {

constexpr std::uint64_t max_usual_alignment = 4096;  // sections with more are rare

// The largest power of two that divides `value`.
std::uint64_t alignment_of(std::uint64_t value) { return value & (~value + 1); }

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
  if (!pair.has_valid_sizes()) return pair.size_mismatch();
  return pair;
}

bool FlatPair::has_valid_sizes() const {
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

Error FlatPair::size_mismatch() const {
  const std::uint64_t sum = shift_.text_diff + shift_.gap;
  const std::uint64_t rounded =
      (sum + max_usual_alignment - 1) / max_usual_alignment * max_usual_alignment;
  return {ErrorKind::bad_input,
          Diagnostics{{.message = "the image has " + std::to_string(moved_.bytes.size()) +
                                  " bytes instead of " +
                                  std::to_string(base_.bytes.size() + shift_.gap) +
                                  ", which is the size of " + quote(base_.path) + " and a gap of " +
                                  hex(shift_.gap),
                       .hint = "either the images are of different objects, or a section is "
                               "aligned to more than " +
                               std::to_string(alignment_of(sum)) +
                               ": then make gap and distance of .text, in the script and here, "
                               "add up to a multiple of that alignment; a distance of " +
                               hex(rounded - shift_.gap) + " is valid for all alignments up to " +
                               std::to_string(max_usual_alignment),
                       .file = moved_.path}}};
}

}  // namespace cbundle
