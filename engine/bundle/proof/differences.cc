#include "engine/bundle/proof/differences.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/base/text.h"

namespace cbundle {
namespace {

constexpr std::size_t max_differences = 1000;

class Comparison {
 public:
  Comparison(const LayoutPair& layouts, std::span<const RelocatedField> fields, ProofErrors& errors)
      : layouts_(layouts), fields_(fields), errors_(errors) {}

  void run() {
    for (std::size_t i = 0; i < layouts_.a.sections.size(); ++i) {
      section_ = &layouts_.a.sections[i];
      bytes_a_ = layouts_.a.content_of(*section_);
      bytes_b_ = layouts_.b.content_of(layouts_.b.sections[i]);
      std::uint64_t at = 0;
      while (next_ < fields_.size() && begin_of(next_) < section_->size) {
        at = compare_up_to_field(at);
      }
      compare(at, bytes_a_.size());
    }
  }

 private:
  std::uint64_t begin_of(std::size_t field) const {
    return fields_[field].offset - section_->offset;
  }

  void report(std::uint64_t at, std::string_view predicate, std::string hint = {}) {
    if (count_++ < max_differences) errors_.add_at(*section_, at, predicate, std::move(hint));
  }

  void report_unexplained(std::uint64_t at) {
    if (count_ >= max_differences) return;
    const auto byte = [&](Bytes bytes) { return hex(std::to_integer<unsigned>(bytes[at])); };
    report(at,
           "has a byte at offset " + hex(at) + " that depends on where the bundle is (" +
               byte(bytes_a_) + " and " + byte(bytes_b_) +
               "), and no relocation record explains it",
           "look for an address in a script's expression, or for code that the linker made");
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
        report(begin + from, "has two relocation records for the same bits");
        continue;
      }
      end = std::max(end, begin + from + field.size);
    }
    for (std::uint64_t i = begin; i < end; ++i) {
      const std::byte differs = bytes_a_[i] ^ bytes_b_[i];
      if ((differs & ~may_differ[i - begin]) != std::byte{0}) report_unexplained(i);
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

  // Differences are rare, so equal blocks take the speed of memcmp.
  void compare(std::uint64_t at, std::uint64_t end) {
    constexpr std::uint64_t block = 4096;
    for (; at < end; at += block) {
      const std::uint64_t n = std::min(block, end - at);
      if (std::memcmp(bytes_a_.data() + at, bytes_b_.data() + at, n) == 0) continue;
      for (std::uint64_t i = at; i < at + n; ++i) {
        if (bytes_a_[i] == bytes_b_[i]) continue;
        report_unexplained(i);
        i += 7;  // one difference for a word
      }
    }
  }

  const LayoutPair& layouts_;
  std::span<const RelocatedField> fields_;
  ProofErrors& errors_;
  std::size_t count_ = 0;                  // of differences
  std::size_t next_ = 0;                   // field
  const ImageSection* section_ = nullptr;  // of layout A, that is being compared
  Bytes bytes_a_;                          // its bytes
  Bytes bytes_b_;
};

}  // namespace

void report_differences(const LayoutPair& layouts, std::span<const RelocatedField> fields,
                        ProofErrors& errors) {
  Comparison(layouts, fields, errors).run();
}

}  // namespace cbundle
