#include "tests/fuzz/relink.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <optional>

#include "tests/fuzz/relocation_rules.h"

namespace cbundle {
namespace {

using rules::Rule;
using rules::Value;
using rules::Word;

struct Output {
  std::string_view target;
  std::uint16_t machine;
  bool is_big_endian;
  bool has_addends;  // RELA
};
constexpr std::array outputs{
    Output{"i386", EM_X86_64, false, true},   Output{"x86_64", EM_X86_64, false, true},
    Output{"arm", EM_ARM, false, false},      Output{"aarch64", EM_AARCH64, false, true},
    Output{"riscv64", EM_RISCV, false, true}, Output{"riscv32", EM_RISCV, false, true},
    Output{"mips", EM_MIPS, true, false},     Output{"mipsel", EM_MIPS, false, false},
    Output{"mips64", EM_MIPS, true, true},    Output{"mips64el", EM_MIPS, false, true},
};

class Linker {
 public:
  Linker(const Bundle& bundle, const BundlePlacement& at, const Output& output)
      : bundle_(bundle), at_(at), output_(output), segments_(bundle.segments) {}

  Relinked run() {
    for (const Reference& r : bundle_.references) apply(r);
    return {std::move(error_), std::move(segments_)};
  }

  // Like a host's loop over the fixup table, without relocations.
  Relinked run_fixups(std::vector<Segment> segments) {
    segments_ = std::move(segments);
    for (const Fixup& f : bundle_.fixups) fix(f);
    return {std::move(error_), std::move(segments_)};
  }

 private:
  struct Target {
    std::uint64_t address = 0;  // without a Thumb function's lowest bit
    std::optional<ImportKind> kind;
    bool is_thumb() const { return kind == ImportKind::thumb; }
  };

  void fail(const Reference& r, const std::string& what) {
    if (error_.empty()) {
      error_ = "record of type " + std::to_string(r.type) + " at " + std::to_string(r.offset) +
               ": " + what;
    }
  }

  unsigned char* bytes_at(std::uint64_t offset, unsigned size) {
    for (Segment& s : segments_) {
      const std::uint64_t at = offset - s.offset;
      if (at <= s.bytes.size() && size <= s.bytes.size() - at) {
        return reinterpret_cast<unsigned char*>(s.bytes.data()) + at;
      }
    }
    return nullptr;
  }

  std::uint64_t load(const Rule& rule, const unsigned char* at) const {
    return rules::load(rule, at, output_.is_big_endian);
  }
  void store(const Rule& rule, unsigned char* at, std::uint64_t word) const {
    rules::store(rule, at, output_.is_big_endian, word);
  }

  std::optional<Target> target_of(const Reference& r) const {
    if (r.import == internal) return Target{at_.base, std::nullopt};
    if (r.import == own_label) {
      return Target{at_.base + static_cast<std::uint64_t>(r.addend), std::nullopt};
    }
    if (r.import >= at_.imports.size() || !at_.imports[r.import].is_defined) return std::nullopt;
    const BundlePlacement::Import& place = at_.imports[r.import];
    return Target{place.address, place.kind};
  }

  std::uint64_t addend_of(const Reference& r, const Rule& rule, std::uint64_t word) {
    if (output_.has_addends) {
      return r.import == own_label ? 0 : static_cast<std::uint64_t>(r.addend);
    }
    const std::uint64_t in_field = rules::decode(rule, word);
    switch (rule.word) {
      case Word::upper_addend:
      case Word::thumb_upper: return rules::sign_extended(in_field >> 16, 16);
      case Word::paired_addend: return in_field + lower_half_after(r);
      default: return rules::sign_extended(in_field, rules::width(rule));
    }
  }

  std::uint64_t lower_half_after(const Reference& upper) {
    if (upper.import == own_label) return 0;  // both halves refer to the same address
    const Rule& lower = *rules::rule_for(EM_MIPS, R_MIPS_LO16);
    const Reference* end = bundle_.references.data() + bundle_.references.size();
    for (const Reference* r = &upper; r != end; ++r) {
      if (r->type != R_MIPS_LO16 || r->import != upper.import) continue;
      const unsigned char* at = bytes_at(r->offset, 4);
      // Not yet applied: a linker reads the object's bytes.
      return at == nullptr ? 0 : rules::sign_extended(load(lower, at), 16);
    }
    fail(upper, "no lower half follows it");
    return 0;
  }

  std::uint64_t value_of(const Reference& r, const Rule& rule, std::uint64_t addend,
                         const Target& target) {
    const std::uint64_t sum =
        (target.address + addend) | (rules::has_state_bit(rule) && target.is_thumb());
    const std::uint64_t place = at_.base + r.offset;
    switch (rule.value) {
      case Value::sum: return sum;
      case Value::distance: return sum - place;
      case Value::pages: return (sum & ~0xfffULL) - (place & ~0xfffULL);
      case Value::of_upper: return value_of_upper(r);
      case Value::from_got: fail(r, "an object has no GOT");
    }
    return 0;
  }

  std::uint64_t value_of_upper(const Reference& lower) {
    for (const Reference& r : bundle_.references) {
      if (static_cast<std::int64_t>(r.offset) != lower.addend || r.type != R_RISCV_PCREL_HI20) {
        continue;
      }
      const auto target = target_of(r);
      if (!target) break;
      return target->address + static_cast<std::uint64_t>(r.addend) - at_.base - r.offset;
    }
    fail(lower, "it has no upper half");
    return 0;
  }

  void apply(const Reference& r) {
    const Rule* rule = rules::rule_for(output_.machine, r.type);
    if (rule == nullptr) return fail(r, "linkers for this machine do not support it");
    unsigned char* at = bytes_at(r.offset, rule->size);
    const auto target = target_of(r);
    if (at == nullptr || !target) return fail(r, "its field or its target is outside the bundle");
    std::uint64_t word = load(*rule, at);
    const std::uint64_t addend = addend_of(r, *rule, word);
    const std::uint64_t value = value_of(r, *rule, addend, *target);
    store(*rule, at, encode(*rule, word, value, r, *target));
  }

  static const Rule* rule_of(FixupKind kind) {
    switch (kind) {
      case FixupKind::none: return nullptr;
      case FixupKind::word32: return rules::rule_for(EM_X86_64, R_X86_64_32);
      case FixupKind::word64: return rules::rule_for(EM_X86_64, R_X86_64_64);
      case FixupKind::mips_26: return rules::rule_for(EM_MIPS, R_MIPS_26);
      case FixupKind::mips_hi16: return rules::rule_for(EM_MIPS, R_MIPS_HI16);
      case FixupKind::mips_lo16: return rules::rule_for(EM_MIPS, R_MIPS_LO16);
      case FixupKind::mips_higher: return rules::rule_for(EM_MIPS, R_MIPS_HIGHER);
      case FixupKind::mips_highest: return rules::rule_for(EM_MIPS, R_MIPS_HIGHEST);
      case FixupKind::arm_movw: return rules::rule_for(EM_ARM, R_ARM_MOVW_ABS_NC);
      case FixupKind::arm_movt: return rules::rule_for(EM_ARM, R_ARM_MOVT_ABS);
      case FixupKind::thumb_movw: return rules::rule_for(EM_ARM, R_ARM_THM_MOVW_ABS_NC);
      case FixupKind::thumb_movt: return rules::rule_for(EM_ARM, R_ARM_THM_MOVT_ABS);
    }
    return nullptr;
  }

  void fix(const Fixup& f) {
    const Reference place{f.offset, 0, f.import, f.addend};
    const Rule* rule = rule_of(f.kind);
    if (rule == nullptr) return fail(place, "hosts do not support the fixup's kind");
    unsigned char* at = bytes_at(f.offset, rule->size);
    const auto target = target_of(place);
    if (at == nullptr || !target)
      return fail(place, "the fixup or its target is outside the bundle");
    const std::uint64_t thumb = target->is_thumb() ? 1 : 0;
    const std::uint64_t value = (target->address | thumb) + static_cast<std::uint64_t>(f.addend);
    store(*rule, at, encode(*rule, load(*rule, at), value, place, *target));
  }

  std::uint64_t encode(const Rule& rule, std::uint64_t word, std::uint64_t value,
                       const Reference& r, const Target& target) const {
    const bool is_code = target.kind == ImportKind::func || target.is_thumb();
    if (rule.word == Word::arm_call && target.is_thumb()) {
      return 0xfa000000 | (value >> 1 & 1) << 24 | (value >> 2 & 0xffffff);
    }
    if (rule.word == Word::thumb_call && is_code) {
      word = target.is_thumb() ? word | 0x1000 : word & ~0x1000ULL;
      if (!target.is_thumb() && (at_.base + r.offset) % 4 != 0) value += 2;
    }
    return rules::encode(rule, word, value);
  }

  const Bundle& bundle_;
  const BundlePlacement& at_;
  const Output& output_;
  std::vector<Segment> segments_;
  std::string error_;
};

}  // namespace

Relinked relink(const Bundle& bundle, const BundlePlacement& at) {
  const auto output = std::ranges::find(outputs, bundle.target, &Output::target);
  if (output == outputs.end()) return {"unknown machine " + bundle.target, {}};
  return Linker(bundle, at, *output).run();
}

Relinked fix_up(const Bundle& bundle, const BundlePlacement& at, std::vector<Segment> segments) {
  const auto output = std::ranges::find(outputs, bundle.target, &Output::target);
  if (output == outputs.end()) return {"unknown machine " + bundle.target, {}};
  return Linker(bundle, at, *output).run_fixups(std::move(segments));
}

}  // namespace cbundle
