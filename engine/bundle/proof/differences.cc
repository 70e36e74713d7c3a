#include "engine/bundle/proof/differences.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace cbundle {
namespace {

constexpr std::size_t max_differences = 1000;

class Comparison {
 public:
  Comparison(const LayoutPair& layouts, std::span<const RelocatedField> fields)
      : layouts_(layouts), fields_(fields) {}

  std::vector<Difference> run() {
    for (section_ = 0; section_ < layouts_.a.sections.size(); ++section_) {
      bytes_a_ = layouts_.a.content_of(layouts_.a.sections[section_]);
      bytes_b_ = layouts_.b.content_of(layouts_.b.sections[section_]);
      const std::uint64_t size = layouts_.a.sections[section_].size;
      std::uint64_t at = 0;
      while (next_ < fields_.size() && begin_of(next_) < size) at = compare_up_to_field(at);
      compare(at, bytes_a_.size());
    }
    return std::move(found_);
  }

 private:
  std::uint64_t begin_of(std::size_t field) const {
    return fields_[field].offset - layouts_.a.sections[section_].offset;
  }

  void add(Difference::Kind kind, std::uint64_t at) {
    if (found_.size() < max_differences) found_.push_back({kind, section_, at});
  }

  // Compares what is before the next field, and then that field and those that overlap it. Returns
  // the offset after them.
  std::uint64_t compare_up_to_field(std::uint64_t at) {
    const std::uint64_t begin = begin_of(next_);
    compare(at, begin);
    std::array<std::byte, 16> may_differ{};
    std::uint64_t end = begin + 1;
    for (; next_ < fields_.size() && begin_of(next_) < end; ++next_) {
      const Field& field = *fields_[next_].field;
      const std::uint64_t from = begin_of(next_) - begin;
      if (from + field.size > may_differ.size() || !add_mask(field, may_differ.data() + from)) {
        add(Difference::shared_bits, begin + from);
        continue;
      }
      end = std::max(end, begin + from + field.size);
    }
    for (std::uint64_t i = begin; i < end; ++i) {
      const std::byte differs = bytes_a_[i] ^ bytes_b_[i];
      if ((differs & ~may_differ[i - begin]) != std::byte{0}) add(Difference::unexplained, i);
    }
    return end;
  }

  // False if a bit of the field is in the mask already.
  bool add_mask(const Field& field, std::byte* may_differ) const {
    std::array<std::byte, 8> mask{};
    field.store(mask.data(), layouts_.target.is_big_endian, field.mask);
    bool is_first = true;
    for (unsigned i = 0; i < field.size; ++i) {
      is_first = is_first && (may_differ[i] & mask[i]) == std::byte{0};
      may_differ[i] |= mask[i];
    }
    return is_first;
  }

  // Differences are rare, so equal stretches take the speed of memcmp.
  void compare(std::uint64_t at, std::uint64_t end) {
    constexpr std::uint64_t stretch = 4096;
    for (; at < end; at += stretch) {
      const std::uint64_t n = std::min(stretch, end - at);
      if (std::memcmp(bytes_a_.data() + at, bytes_b_.data() + at, n) == 0) continue;
      for (std::uint64_t i = at; i < at + n; ++i) {
        if (bytes_a_[i] == bytes_b_[i]) continue;
        add(Difference::unexplained, i);
        i += 7;  // one difference for a word
      }
    }
  }

  const LayoutPair& layouts_;
  std::span<const RelocatedField> fields_;
  std::size_t next_ = 0;     // field
  std::size_t section_ = 0;  // that is being compared
  Bytes bytes_a_;            // its bytes
  Bytes bytes_b_;
  std::vector<Difference> found_;
};

}  // namespace

std::vector<Difference> differences(const LayoutPair& layouts,
                                    std::span<const RelocatedField> fields) {
  return Comparison(layouts, fields).run();
}

}  // namespace cbundle
