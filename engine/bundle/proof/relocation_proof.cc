#include "engine/bundle/proof/relocation_proof.h"

#include <algorithm>
#include <map>

#include "engine/base/text.h"
#include "engine/bundle/proof/field_overlap_checker.h"

namespace cbundle {
namespace {

constexpr auto different_records =
    "the linker made a stub or changed an instruction in one of them";

const Relocations* counterpart_of(const Relocations& a, const ElfFile& layout_a,
                                  const ElfFile& layout_b) {
  const std::string_view name = layout_a.sections()[a.section].name;
  const auto found = std::ranges::find_if(layout_b.relocations(), [&](const Relocations& b) {
    return layout_b.sections()[b.section].name == name;
  });
  const bool is_twin = found != layout_b.relocations().end() &&
                       found->records.size() == a.records.size() &&
                       found->has_addends == a.has_addends;
  return is_twin ? &*found : nullptr;
}

bool is_term(const RelocationType* type) {
  return type != nullptr && (type->formula == Formula::plus || type->formula == Formula::minus);
}

// The end of the records whose values are added up in the field of record `first`.
std::size_t end_of_sum(const LinkedTable& a, std::size_t first) {
  const std::uint64_t offset = a[first].offset();
  std::size_t end = first + 1;
  while (end < a.size() && is_term(a[end].type) && a[end].offset() == offset) ++end;
  return end;
}

std::string quoted_target(const RelocationSite& site) { return quote(site.symbol().name); }

class RelocationProof {
 public:
  RelocationProof(const LayoutPair& layouts, std::size_t imports, OutputFields& output,
                  ProofErrors& errors)
      : layouts_(layouts),
        output_(output),
        errors_(errors),
        types_(layouts.target),
        classifier_(layouts, imports) {
    for (const ImageSection& s : layouts.a.sections) end_ = std::max(end_, s.address + s.size);
  }

  void run() {
    const ElfFile& layout = *layouts_.a.elf;
    for (const Relocations& a : layout.relocations()) {
      const ImageSection* section = layouts_.a.find_section(a.section);
      if (section == nullptr) continue;
      const Relocations* b = counterpart_of(a, layout, *layouts_.b.elf);
      if (b != nullptr) {
        check_section(a, *b, *section);
      } else {
        errors_.add("section " + std::string(layout.sections()[a.section].name) +
                        " has different relocation records in the two layouts",
                    different_records);
      }
    }
    if (layouts_.target.includes_got) add_got_words();
  }

 private:
  void check_section(const Relocations& a, const Relocations& b, const ImageSection& section) {
    const auto index = static_cast<std::size_t>(&section - layouts_.a.sections.data());
    const LinkedTable table_a(layouts_.a, section, a, types_, layouts_.target);
    const LinkedTable table_b(layouts_.b, layouts_.b.sections[index], b, types_, layouts_.target);
    FieldOverlapChecker fields(layouts_.a.content_of(section).size());
    for (std::size_t i = 0, end = 0; i < table_a.size(); i = end) {
      const LinkedRecord first = table_a[i];
      const std::size_t before = output_.relocated().size();
      end = is_term(first.type) ? end_of_sum(table_a, i) : i + 1;
      if (is_term(first.type)) {
        check_sum(section, table_a, table_b, i, end);
      } else if (const auto site = site_of(section, first, table_b[i])) {
        check(*site);
      }
      // What one record says of a field must not be mixed with what holds for two layouts only.
      if (first.type == nullptr || first.type->formula == Formula::none || !first.is_inside())
        continue;
      const bool is_relocated = output_.relocated().size() != before;
      if (!fields.add(first.offset(), first.type->field.size, is_relocated)) {
        errors_.add_at(section, first.offset(), "has two relocation records for the same bytes",
                       "in assembly, give each a place of its own");
      }
    }
  }

  // The records must agree in all that does not move.
  std::optional<RelocationSite> site_of(const ImageSection& section, const LinkedRecord& a,
                                        const LinkedRecord& b) {
    const auto symbol_class = classifier_.classify(a.record.symbol, b.record.symbol);
    if (!symbol_class || a.record.type != b.record.type || a.type != b.type ||
        a.offset() != b.offset()) {
      errors_.add_at(section, a.offset(), "has different relocation records in the two layouts",
                     different_records);
    } else if (a.type == nullptr) {
      errors_.add_at(section, a.offset(),
                     "has a record of relocation type " + std::to_string(a.record.type) +
                         " against " + quote(a.symbol().name) +
                         ", which cbundle does not support for " +
                         std::string(layouts_.target.name));
    } else if (!a.is_inside() || !b.is_inside()) {
      errors_.add_at(section, a.offset(), "has a relocation record that reaches past its section");
    } else {
      return RelocationSite{section, a, b, *symbol_class};
    }
    return std::nullopt;
  }

  void check(const RelocationSite& site) {
    switch (site.type().formula) {
      case Formula::none: return;
      case Formula::got_entry:
      case Formula::thread_local_:
        return errors_.add_at(
            site, "reads the address of " + quoted_target(site) + " from a global offset table",
            "declare it hidden");
      case Formula::gp_got_entry: return check_slot(site);
      case Formula::pcrel_lo: return check_site_value(site);
      default: break;
    }
    if (!site.a.addend) {
      return errors_.add_at(
          site,
          "loads the upper half of the address of " + quoted_target(site) + " without the lower",
          "keep the two instructions together");
    }
    if (site.a.addend != site.b.addend || !site.holds(site.a.value(), site.b.value())) {
      return report_mismatch(site);
    }
    output_by_origin(site);
  }

  // A difference of two addresses inside the bundle is the same wherever the bundle is.
  void check_sum(const ImageSection& section, const LinkedTable& a, const LinkedTable& b,
                 std::size_t first, std::size_t end) {
    std::uint64_t sum_a = 0;
    std::uint64_t sum_b = 0;
    int moving = 0;
    for (std::size_t i = first; i < end; ++i) {
      const std::optional<RelocationSite> term = site_of(section, a[i], b[i]);
      if (!term) return;
      const SymbolOrigin origin = term->symbol_class.origin;
      if (origin != SymbolOrigin::inside && origin != SymbolOrigin::constant) {
        return errors_.add_at(
            *term,
            "holds a difference to " + quoted_target(*term) + ", which is outside the bundle",
            "a bundle can hold differences of its own addresses only");
      }
      sum_a += term->a.value();
      sum_b += term->b.value();
      const int sign = term->type().formula == Formula::plus ? 1 : -1;
      moving += origin == SymbolOrigin::inside ? sign : 0;
    }
    const RelocationSite site{section, a[first], b[first], {}};
    if (!site.holds(sum_a, sum_b)) return report_mismatch(site);
    if (moving != 0) {
      errors_.add_at(site,
                     "holds one half of a difference to " + quoted_target(site) +
                         ", which would move with the bundle",
                     "write the difference of two labels");
    }
  }

  // The lower half of an address: its symbol is at the place of the upper half.
  void check_site_value(const RelocationSite& site) {
    const LinkedTable& a = site.a.table;
    const LinkedTable& b = site.b.table;
    const std::size_t at = a.site_at(site.symbol().value);
    if (at == a.size() || b[at].record.offset != site.b.symbol().value || site.addend() != 0) {
      return errors_.add_at(
          site,
          "refers to " + quoted_target(site) + ", which is not at the upper half of an address",
          "write %pcrel_lo of the label at the %pcrel_hi");
    }
    const std::optional<RelocationSite> upper = site_of(site.section, a[at], b[at]);
    if (!upper || !upper->a.addend) return;
    if (!site.holds(upper->a.value(), upper->b.value())) return report_mismatch(site);
    if (upper->symbol_class.origin != SymbolOrigin::import) return;
    output_.refer(site, own_label, static_cast<std::int64_t>(upper->offset_in_image()));
  }

  void check_slot(const RelocationSite& site) {
    const SymbolOrigin origin = site.symbol_class.origin;
    if (origin != SymbolOrigin::inside && origin != SymbolOrigin::import)
      return report_origin(site);
    const std::string_view wrong = error_in_slot(site);
    if (wrong.empty()) return;
    errors_.add_at(site,
                   "reads the address of " + quoted_target(site) +
                       " from a word of the global offset table that " + std::string(wrong),
                   "declare the import with its kind, :func or :data");
  }

  // What is wrong with the word that the code reads, to be put after "that "; empty: nothing. The
  // word of a symbol inside may hold its address rounded to 64 KB.
  std::string_view error_in_slot(const RelocationSite& site) {
    const auto slot = [](const LinkedRecord& r, const Image& image) {
      return image.gp + static_cast<std::uint64_t>(r.type->field.decode(r.word()));
    };
    const auto a = got_word(layouts_.a, slot(site.a, layouts_.a));
    const auto b = got_word(layouts_.b, slot(site.b, layouts_.b));
    if (!a || !b) return "is not in the table";
    const auto addend = static_cast<std::uint64_t>(site.addend());
    const bool is_exact = *a == layouts_.target.narrow(site.symbol().value + addend) &&
                          *b == layouts_.target.narrow(site.b.symbol().value + addend);
    const bool is_rounded = (*a & 0xffff) == 0 && layouts_.moves(*a, *b);
    const bool is_import = site.symbol_class.origin == SymbolOrigin::import;
    if (!is_exact && (is_import || !is_rounded)) return "holds something else";
    SymbolClass symbol_class = site.symbol_class;
    if (is_import) symbol_class.offset = addend_to_import(site);
    const auto [use, is_new] = got_uses_.emplace(slot(site.a, layouts_.a), symbol_class);
    return is_new || use->second == symbol_class ? "" : "is another symbol's, too";
  }

  // The word of the global offset table at `address`; nothing where it is not in the table.
  std::optional<std::uint64_t> got_word(const Image& image, std::uint64_t address) const {
    const ImageSection* section = image.got_section();
    const unsigned size = layouts_.target.word_size();
    if (section == nullptr) return std::nullopt;
    const std::uint64_t at = layouts_.target.narrow(address - section->address);
    const Bytes content = image.content_of(*section);
    if (at % size != 0 || at >= content.size() || content.size() - at < size) return std::nullopt;
    return load_word(content.data() + at, size, layouts_.target.is_big_endian);
  }

  // The table's words have no records. Each is constant, an import's address, or moves with the
  // bundle.
  void add_got_words() {
    const ImageSection* section = layouts_.a.got_section();
    const ImageSection* counterpart = layouts_.b.got_section();
    if (section == nullptr || counterpart == nullptr) return;
    const unsigned size = layouts_.target.word_size();
    for (std::uint64_t at = 0; at + size <= section->size; at += size) {
      const auto a = got_word(layouts_.a, section->address + at);
      const auto b = got_word(layouts_.b, counterpart->address + at);
      if (!a || !b) return;
      const std::uint64_t offset = section->offset + at;
      const auto use = got_uses_.find(section->address + at);
      if (use != got_uses_.end() && use->second.origin == SymbolOrigin::import) {
        output_.fix_up_got_word(offset, use->second.import, use->second.offset);
      } else if (layouts_.moves(*a, *b)) {
        output_.fix_up_got_word(offset, internal, static_cast<std::int64_t>(*a - layouts_.start()));
      } else if (layouts_.target.narrow(*b - *a) != 0) {
        errors_.add(
            "the word at " + hex(offset) +
            " of the global offset table is neither an import nor an address inside the bundle");
      }
    }
  }

  void output_by_origin(const RelocationSite& site) {
    const Formula formula = site.type().formula;
    const bool is_absolute = formula == Formula::absolute;
    if (formula == Formula::got_address || formula == Formula::gp_distance) return;
    switch (site.symbol_class.origin) {
      case SymbolOrigin::inside:
        if (!reaches_bundle(site)) {
          errors_.add_at(site, "refers to an address more than 64 KB outside the bundle, from " +
                                   quoted_target(site));
        } else if (is_absolute) {
          output_.fix_up(site);
        }
        return;
      case SymbolOrigin::import:
        return is_absolute ? output_.fix_up(site) : output_.refer_to_import(site);
      case SymbolOrigin::constant:
        if (is_absolute || formula == Formula::page_offset) return;
        return report_origin(site);
      default: return report_origin(site);
    }
  }

  // An index that begins elsewhere than at 0 gives addresses before or after an array, by less than
  // 64 KB in all code that was seen.
  bool reaches_bundle(const RelocationSite& site) const {
    constexpr std::uint64_t slack = 0x10000;
    const std::uint64_t to = site.symbol().value + static_cast<std::uint64_t>(site.addend());
    const std::uint64_t start = layouts_.start();
    return layouts_.target.narrow(to - start + slack) <= end_ - start + 2 * slack;
  }

  void report_mismatch(const RelocationSite& site) {
    const std::string_view hint = site.type().mismatch_hint;
    errors_.add_at(site, "does not match its relocation against " + quoted_target(site) + "",
                   hint.empty() ? "the linker changed the instruction; link without relaxation"
                                : std::string(hint));
  }

  // Where the symbol's address comes from, no such field can refer to it.
  void report_origin(const RelocationSite& site) {
    const std::string name = quoted_target(site);
    switch (site.symbol_class.origin) {
      case SymbolOrigin::inside:
      case SymbolOrigin::import: return errors_.add_at(site, "cannot refer to " + name);
      case SymbolOrigin::constant:
        return errors_.add_at(site,
                              "reaches the fixed address of " + name +
                                  " by a distance, which depends on where the bundle is",
                              "declare " + name + " as an import");
      case SymbolOrigin::undefined:
        return errors_.add_at(site,
                              "uses weak symbol " + name +
                                  ", which is not defined: its address would be 0 wherever the "
                                  "bundle is placed",
                              "define it, declare it as an import, or remove the use");
      case SymbolOrigin::outside:
        return errors_.add_at(site,
                              "refers to " + name + " " + location_of(site.symbol()) +
                                  ", which is not part of the bundle",
                              "place it in the script, or declare it as an import");
      case SymbolOrigin::inconsistent:
        return errors_.add_at(site, "refers to " + name + ", which does not move with the bundle",
                              "the script computes its address in a way that does not move");
    }
  }

  std::string location_of(const Symbol& s) const {
    const auto& sections = layouts_.a.elf->sections();
    if (layouts_.a.find_section(s.section) != nullptr || s.section >= sections.size()) {
      return "before or after the bundle's bytes";
    }
    return "in section " + std::string(sections[s.section].name);
  }

  const LayoutPair& layouts_;
  OutputFields& output_;
  ProofErrors& errors_;
  const RelocationTypes types_;
  SymbolClassifier classifier_;
  std::map<std::uint64_t, SymbolClass> got_uses_;  // by the word's address in layout A
  std::uint64_t end_ = 0;                          // address after layout A's bundle
};

}  // namespace

void check_relocations(const LayoutPair& layouts, std::size_t imports, OutputFields& output,
                       ProofErrors& errors) {
  RelocationProof(layouts, imports, output, errors).run();
}

}  // namespace cbundle
