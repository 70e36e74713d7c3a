#include "tests/fuzz/third_address.h"

#include <algorithm>

#include "tests/fuzz/relocation_rules.h"

namespace cbundle {
namespace {

using rules::Rule;
using rules::Value;
using rules::Word;

bool is_of_linker(const Symbol& s) { return s.name == "_gp_disp" || s.name == "__gnu_local_gp"; }

class Checker {
 public:
  Checker(const Layouts& layouts, const BundlePlacement& at_a, const BundlePlacement& there,
          const std::vector<Segment>& segments)
      : a_(layouts.a), b_(layouts.b), at_a_(at_a), placement_(there), segments_(segments) {
    moved_ = there.base - at_a.base;
  }

  std::string run() {
    for (const Relocations& table : a_.relocations()) {
      const auto counterpart =
          std::ranges::find(b_.relocations(), table.section, &Relocations::section);
      if (counterpart == b_.relocations().end() ||
          counterpart->records.size() != table.records.size())
        continue;
      table_ = &table;
      twin_ = &*counterpart;
      for (std::size_t i = 0; i < table.records.size(); ++i) {
        if (!is_valid(i)) return what(table.records[i]);
      }
    }
    return {};
  }

 private:
  // One record's symbol, address and word, in layout A or at the third address.
  struct Seen {
    std::uint64_t symbol = 0;
    bool is_thumb = false;
    std::uint64_t place = 0;
    std::uint64_t got = 0;
    std::uint64_t word = 0;
  };

  static std::string what(const Relocation& r) {
    return "the record of type " + std::to_string(r.type) + " at " + std::to_string(r.offset) +
           " of layout A has another value there";
  }

  const unsigned char* bytes_in_a(const Relocation& r, unsigned size) const {
    const Section& s = a_.sections()[table_->section];
    const std::uint64_t at = r.offset - s.address;
    if (at > s.content.size() || size > s.content.size() - at) return nullptr;
    return reinterpret_cast<const unsigned char*>(s.content.data()) + at;
  }

  const unsigned char* bytes_there(const unsigned char* in_a, unsigned size) const {
    const Section& s = a_.sections()[table_->section];
    const auto in_section =
        static_cast<std::uint64_t>(in_a - reinterpret_cast<const unsigned char*>(s.content.data()));
    const std::uint64_t offset = s.load_address - first_load_address() + in_section;
    for (const Segment& each : segments_) {
      const std::uint64_t at = offset - each.offset;
      if (at > each.bytes.size() || size > each.bytes.size() - at) continue;
      return reinterpret_cast<const unsigned char*>(each.bytes.data()) + at;
    }
    return nullptr;
  }

  // The bundle begins where its first section is loaded.
  std::uint64_t first_load_address() const {
    for (const Section& s : a_.sections()) {
      if (s.is_allocated() && s.size != 0 && s.address == at_a_.base) return s.load_address;
    }
    return 0;
  }

  // The third address of a symbol of layout A; `counterpart` is the same symbol in B.
  std::uint64_t moved(const Symbol& s, const Symbol& counterpart) const {
    for (std::size_t i = 0; i < at_a_.imports.size(); ++i) {
      const Section* stub = a_.section_named(".cbundle.import." + std::to_string(i));
      if (stub != nullptr && a_.index_of(*stub) == s.section) {
        return s.value - at_a_.imports[i].address + placement_.imports[i].address;
      }
    }
    return s.value == counterpart.value ? s.value : s.value + moved_;
  }

  std::uint64_t got() const {
    const auto found =
        std::ranges::find(a_.symbols(), std::string_view("_GLOBAL_OFFSET_TABLE_"), &Symbol::name);
    return found == a_.symbols().end() ? 0 : found->value;
  }

  std::uint64_t value(const Rule& rule, const Seen& seen, std::uint64_t addend) const {
    std::uint64_t symbol = seen.symbol;
    if (seen.is_thumb) symbol &= ~std::uint64_t{1};
    std::uint64_t sum = symbol + addend;
    if (seen.is_thumb && rules::has_state_bit(rule)) sum |= 1;
    switch (rule.value) {
      case Value::sum: return sum;
      case Value::distance: return sum - seen.place;
      case Value::pages: return (sum & ~0xfffULL) - (seen.place & ~0xfffULL);
      case Value::from_got: return sum - seen.got;
      case Value::of_upper: return 0;
    }
    return 0;
  }

  bool agrees(const Rule& rule, const Seen& seen, std::uint64_t addend) const {
    return rules::encode(rule, seen.word, value(rule, seen, addend)) == seen.word;
  }

  bool is_valid(std::size_t i) const {
    const Relocation& r = table_->records[i];
    const Symbol& s = a_.symbols()[r.symbol];
    const Rule* rule = rules::rule_for(a_.machine(), r.type);
    if (rule == nullptr || rule->value == Value::of_upper || is_of_linker(s)) return true;
    Seen here;
    Seen there;
    if (!see(*rule, i, here, there)) return true;
    if (is_other_state(*rule, here.word) || is_other_state(*rule, there.word)) return true;
    if (table_->has_addends) {
      return agrees(*rule, there, static_cast<std::uint64_t>(r.addend));
    }
    if (is_upper(*rule)) return is_upper_valid(*rule, i, here, there);
    // An odd distance from a Thumb function: lld adds it to the address with the state bit, GNU ld
    // sets that bit afterwards. This is GNU ld's rule; by lld's the field does not change.
    const std::uint64_t addend = held_addend(*rule, here);
    return !agrees(*rule, here, addend) || agrees(*rule, there, addend);
  }

  // False if there are no bytes.
  bool see(const Rule& rule, std::size_t i, Seen& here, Seen& there) const {
    const Relocation& r = table_->records[i];
    const Symbol& s = a_.symbols()[r.symbol];
    const unsigned char* in_a = bytes_in_a(r, rule.size);
    const unsigned char* in_segments = in_a == nullptr ? nullptr : bytes_there(in_a, rule.size);
    if (in_segments == nullptr) return false;
    const bool is_thumb = a_.machine() == EM_ARM && s.type == STT_FUNC && (s.value & 1) != 0;
    here = {s.value, is_thumb, r.offset, got(), rules::load(rule, in_a, a_.is_big_endian())};
    there = {moved(s, b_.symbols()[twin_->records[i].symbol]), is_thumb, r.offset + moved_,
             got() + moved_, rules::load(rule, in_segments, a_.is_big_endian())};
    return true;
  }

  // A BLX, which the comparison of layouts A and B has checked.
  static bool is_other_state(const Rule& rule, std::uint64_t word) {
    return (rule.word == Word::arm_call && word >> 28 == 0xf) ||
           (rule.word == Word::thumb_call && (word & 0x1000) == 0);
  }

  static bool is_upper(const Rule& rule) {
    return rule.word == Word::upper_addend || rule.word == Word::thumb_upper ||
           rule.word == Word::paired_addend;
  }

  // The addend that the link of layout A overwrote.
  std::uint64_t held_addend(const Rule& rule, const Seen& here) const {
    const std::uint64_t rest = rules::decode(rule, here.word) - value(rule, here, 0);
    return rules::sign_extended(rest, rules::width(rule));
  }

  // An upper half is valid with the addend of any lower half of its symbol, which need not be a
  // neighbour.
  bool is_upper_valid(const Rule& rule, std::size_t upper, const Seen& here,
                      const Seen& there) const {
    bool has_lower = false;
    for (std::size_t i = 0; i < table_->records.size(); ++i) {
      const Relocation& r = table_->records[i];
      const Rule* lower = rules::rule_for(a_.machine(), r.type);
      if (lower == nullptr || r.symbol != table_->records[upper].symbol) continue;
      if (rules::width(*lower) != 16 || lower->value != rule.value) continue;
      Seen lower_here;
      Seen lower_there;
      if (!see(*lower, i, lower_here, lower_there)) continue;
      for (const std::uint64_t addend : addends(rule, here, held_addend(*lower, lower_here))) {
        has_lower = true;
        if (agrees(rule, here, addend) && agrees(rule, there, addend)) return true;
      }
    }
    return !has_lower;
  }

  // On MIPS a pair contains an addend of 32 bits, the lower half only its end.
  std::vector<std::uint64_t> addends(const Rule& rule, const Seen& here, std::uint64_t low) const {
    if (rule.word != Word::paired_addend) return {low};
    const std::uint64_t high = rules::decode(rule, here.word) - (value(rule, here, 0) & ~0xffffULL);
    std::vector<std::uint64_t> found;
    for (const std::uint64_t carry : {0xffffffffffff0000ULL, 0ULL, 0x10000ULL}) {
      found.push_back((high & ~0xffffULL) + carry + (low & 0xffff));
    }
    return found;
  }

  const ElfFile& a_;
  const ElfFile& b_;
  const BundlePlacement& at_a_;
  const BundlePlacement& placement_;
  const std::vector<Segment>& segments_;
  std::uint64_t moved_ = 0;
  const Relocations* table_ = nullptr;
  const Relocations* twin_ = nullptr;
};

}  // namespace

std::string difference_at_third_address(const Layouts& layouts, const BundlePlacement& at_a,
                                        const BundlePlacement& there,
                                        const std::vector<Segment>& segments) {
  return Checker(layouts, at_a, there, segments).run();
}

BundlePlacement third_placement(const Bundle& bundle, const BundlePlacement& at_a,
                                std::uint64_t end_of_page) {
  constexpr std::uint64_t page = 0x10000;
  BundlePlacement there;
  there.base = at_a.base + 0x3b * bundle.alignment;
  std::uint64_t next = (there.base + bundle.size() + page) & ~(page - 1);
  for (const BundlePlacement::Import& import : at_a.imports) {
    there.imports.push_back({next + end_of_page, import.kind, import.is_defined});
    next += 3 * page;
  }
  return there;
}

}  // namespace cbundle
