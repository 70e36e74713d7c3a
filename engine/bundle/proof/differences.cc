#include "engine/bundle/proof/differences.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace cbundle {
namespace {

constexpr std::size_t enough = 1000;

class Comparison {
 public:
  Comparison(const Image& a, const Image& b, std::span<const RelocatedField> fields,
             bool big_endian)
      : a_(a), b_(b), fields_(fields), big_endian_(big_endian) {}

  std::vector<Difference> run() {
    for (piece_ = 0; piece_ < a_.sections.size(); ++piece_) {
      const ImageSection& piece = a_.sections[piece_];
      bytes_a_ = a_.elf->sections()[piece.section].content;
      bytes_b_ = b_.elf->sections()[b_.sections[piece_].section].content;
      std::uint64_t at = 0;
      while (next_ < fields_.size() && begin_of(next_) < piece.size) at = compare_up_to_field(at);
      compare(at, bytes_a_.size());
    }
    return std::move(found_);
  }

 private:
  std::uint64_t begin_of(std::size_t field) const {
    return fields_[field].offset - a_.sections[piece_].offset;
  }

  void tell(Difference::Kind kind, std::uint64_t at) {
    if (found_.size() < enough) found_.push_back({kind, piece_, at});
  }

  // What is before the next field, and then that field and those that overlap it. Returns the
  // first place behind them.
  std::uint64_t compare_up_to_field(std::uint64_t at) {
    const std::uint64_t begin = begin_of(next_);
    compare(at, begin);
    std::array<std::byte, 16> may_differ{};
    std::uint64_t end = begin + 1;
    for (; next_ < fields_.size() && begin_of(next_) < end; ++next_) {
      const Field& field = *fields_[next_].field;
      const std::uint64_t from = begin_of(next_) - begin;
      if (from + field.size > may_differ.size() || !mark(field, may_differ.data() + from)) {
        tell(Difference::shared_bits, begin + from);
        continue;
      }
      end = std::max(end, begin + from + field.size);
    }
    for (std::uint64_t i = begin; i < end; ++i) {
      const std::byte differs = bytes_a_[i] ^ bytes_b_[i];
      if ((differs & ~may_differ[i - begin]) != std::byte{0}) tell(Difference::unexplained, i);
    }
    return end;
  }

  // False if a bit of the field is marked already.
  bool mark(const Field& field, std::byte* may_differ) const {
    std::array<std::byte, 8> mask{};
    field.store(mask.data(), big_endian_, field.mask);
    bool is_sole = true;
    for (unsigned i = 0; i < field.size; ++i) {
      is_sole = is_sole && (may_differ[i] & mask[i]) == std::byte{0};
      may_differ[i] |= mask[i];
    }
    return is_sole;
  }

  // Equal stretches are passed over at the speed of memcmp; differences are rare.
  void compare(std::uint64_t at, std::uint64_t end) {
    constexpr std::uint64_t stretch = 4096;
    for (; at < end; at += stretch) {
      const std::uint64_t n = std::min(stretch, end - at);
      if (std::memcmp(bytes_a_.data() + at, bytes_b_.data() + at, n) == 0) continue;
      for (std::uint64_t i = at; i < at + n; ++i) {
        if (bytes_a_[i] == bytes_b_[i]) continue;
        tell(Difference::unexplained, i);
        i += 7;  // one word, one complaint
      }
    }
  }

  const Image& a_;
  const Image& b_;
  std::span<const RelocatedField> fields_;
  bool big_endian_;
  std::size_t next_ = 0;   // field
  std::size_t piece_ = 0;  // that is being compared
  Bytes bytes_a_;          // its bytes
  Bytes bytes_b_;
  std::vector<Difference> found_;
};

}  // namespace

std::vector<Difference> differences(const Image& a, const Image& b,
                                    std::span<const RelocatedField> fields, bool big_endian) {
  return Comparison(a, b, fields, big_endian).run();
}

}  // namespace cbundle
