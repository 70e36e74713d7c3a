#include "engine/bundle/proof/combine.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/bundle/image.h"
#include "engine/bundle/proof/abi_metadata.h"
#include "engine/bundle/proof/differences.h"
#include "engine/bundle/proof/field_overlap_checker.h"
#include "engine/bundle/proof/got_table.h"
#include "engine/bundle/proof/linked_table.h"
#include "engine/bundle/proof/symbol_classifier.h"
#include "engine/bundle/symbol_map.h"

namespace cbundle {
namespace {

constexpr auto other_records = "the linker made a stub or changed an instruction in one of them";

class Combiner {
 public:
  Combiner(const Layouts& layouts, const Target& target, const LayoutPlan& plan, const Spec& spec,
           std::span<const Import> imports)
      : layouts_(layouts), target_(target), plan_(plan), spec_(spec), imports_(imports) {}

  Combined run() {
    if (!read_images() || !compare_shapes() || !begins_aligned()) return std::move(out_);
    explain_all();
    explain_got();
    require_all_differences_explained();
    describe();
    return std::move(out_);
  }

 private:
  // A record of layout A with its twin in B, and where the field is.
  struct RelocationSite {
    const ImageSection& piece;
    LinkedRecord a;
    LinkedRecord b;
    SymbolClass judged;

    const RelocationType& type() const { return *a.type; }
    const Symbol& symbol() const { return a.symbol(); }
    std::int64_t addend() const { return a.addend.value_or(0); }
    std::uint64_t in_image() const { return piece.offset + a.offset(); }
    bool holds(std::uint64_t value_a, std::uint64_t value_b) const {
      const Field& field = type().field;
      const std::uint64_t word_a = a.word();
      const std::uint64_t word_b = b.word();
      return field.encode(value_a, word_a) == word_a && field.encode(value_b, word_b) == word_b;
    }
  };

  void problem(std::string text, std::string hint = {}) {
    out_.problems.push_back({.message = std::move(text), .hint = std::move(hint)});
  }

  // At a place of layout A, told as one of the partial object where that can be found: it knows
  // more. Else by the function or variable that it lies in.
  void problem_at(const ImageSection& piece, std::uint64_t in_section, std::string text,
                  std::string hint = {}) {
    if (!names_) names_.emplace(layouts_.a);
    const std::uint64_t address = piece.address + in_section;
    const Symbol* named = names_->symbol_at({piece.section, address});
    if (named == nullptr) {
      return problem("at " + hex(piece.offset + in_section) + ": " + text, std::move(hint));
    }
    const std::uint64_t inside = address - names_->start_of(*named);
    const bool is_shown = out_.problems.size() < max_shown;  // finding each walks all symbols
    const Symbol* origin = is_shown ? only_twin_of(*named) : nullptr;
    if (origin == nullptr) text = "in " + quote(named->name) + "+" + hex(inside) + ": " + text;
    Diagnostic told{.message = std::move(text), .hint = std::move(hint)};
    if (origin != nullptr)
      told.place = SectionOffset{origin->section, names_->start_of(*origin) + inside};
    out_.problems.push_back(std::move(told));
  }

  // The symbol of the partial object that a symbol of a layout comes from; null for several.
  const Symbol* only_twin_of(const Symbol& named) const {
    const Symbol* found = nullptr;
    for (const Symbol& s : layouts_.partial.symbols()) {
      const bool is_twin = is_source_symbol(s) && s.name == named.name && s.type == named.type &&
                           s.size == named.size && s.section < layouts_.partial.sections().size();
      if (is_twin && found != nullptr) return nullptr;
      if (is_twin) found = &s;
    }
    return found;
  }

  static std::string against(const RelocationSite& site) {
    return std::string(site.type().name) + " against " + quote(site.symbol().name);
  }

  void problem(const RelocationSite& site, const std::string& text, std::string hint = {}) {
    problem_at(site, against(site) + text, std::move(hint));
  }
  void problem_at(const RelocationSite& site, std::string text, std::string hint = {}) {
    problem_at(site.piece, site.a.offset(), std::move(text), std::move(hint));
  }

  bool read_images() {
    Result<Image> a = image_of(layouts_.a, target_);
    Result<Image> b = image_of(layouts_.b, target_);
    if (!a || !b) {
      problem(a ? b.error().text() : a.error().text());
      return false;
    }
    a_ = std::move(a).value();
    b_ = std::move(b).value();
    for (const ImageSection& piece : a_.sections) end_ = std::max(end_, piece.address + piece.size);
    return true;
  }

  bool compare_shapes() {
    static constexpr auto hint =
        "the script must not depend on addresses or differ in size between layouts";
    if (a_.sections.size() != b_.sections.size()) {
      problem("the two layouts hold different sections", hint);
      return false;
    }
    for (std::size_t i = 0; i < a_.sections.size(); ++i) {
      const ImageSection& a = a_.sections[i];
      const ImageSection& b = b_.sections[i];
      const std::string name(layouts_.a.sections()[a.section].name);
      if (name != layouts_.b.sections()[b.section].name || a.size != b.size ||
          a.offset != b.offset) {
        problem("section " + name + " is not the same in both layouts (" + hex(a.size) + " and " +
                    hex(b.size) + " bytes at " + hex(a.offset) + " and " + hex(b.offset) + ")",
                hint);
      } else if (target_.narrow(b.address - a.address) != target_.narrow(plan_.distance)) {
        problem("section " + name + " is at " + hex(a.address) + " in one layout and at " +
                    hex(b.address) + " in the other, " +
                    hex(target_.narrow(b.address - a.address)) + " apart instead of " +
                    hex(plan_.distance),
                "the script computes the address in a way that does not move with the rest");
      }
    }
    return out_.problems.empty();
  }

  // Where the layouts lie off the granule by what no object can say, its alignment puts the bundle
  // where constants are aligned otherwise, and where code that reckons with pages is wrong.
  bool begins_aligned() {
    if (a_.sections.empty()) return true;
    const std::uint64_t beyond = a_.sections.front().address & (plan_.granule - 1);
    if (beyond == 0) return true;
    const std::string granule = hex(plan_.granule);
    problem("the script begins the bundle " + hex(beyond) + " behind a multiple of " + granule +
                ", and the object can only lie at such a multiple",
            "begin its first section at a multiple of " + granule);
    return false;
  }

  void explain_all() {
    Judge judge(a_, b_, target_, plan_, imports_.size());
    const RelocationTypes types(target_);
    for (const Relocations& a : layouts_.a.relocations()) {
      const ImageSection* piece = a_.find_section(a.section);
      if (piece == nullptr) continue;
      const Relocations* b = twin_of(a);
      if (b == nullptr || b->records.size() != a.records.size() ||
          b->has_addends != a.has_addends) {
        problem("the two layouts have different relocation records for section " +
                    std::string(layouts_.a.sections()[a.section].name),
                other_records);
        continue;
      }
      const ImageSection& twin = b_.sections[static_cast<std::size_t>(piece - a_.sections.data())];
      explain_table({a_, *piece, a, types, target_}, {b_, twin, *b, types, target_}, *piece, judge);
    }
  }

  const Relocations* twin_of(const Relocations& a) const {
    const std::string_view name = layouts_.a.sections()[a.section].name;
    for (const Relocations& b : layouts_.b.relocations()) {
      if (layouts_.b.sections()[b.section].name == name) return &b;
    }
    return nullptr;
  }

  void explain_table(const LinkedTable& a, const LinkedTable& b, const ImageSection& piece,
                     Judge& judge) {
    FieldOverlapChecker claims(layouts_.a.sections()[piece.section].content.size());
    for (std::size_t i = 0; i < a.size();) {
      const LinkedRecord first = a[i];
      const std::size_t before = filled_in_.size();
      std::size_t end = i + 1;
      if (is_term(first.type)) {
        end = end_of_sum(a, i);
        explain_sum(piece, a, b, i, end, judge);
      } else {
        explain(piece, first, b[i], judge);
      }
      claim(piece, first, filled_in_.size() != before, claims);
      i = end;
    }
  }

  // What one record says of a field, and what only holds for two layouts, must not be confused.
  void claim(const ImageSection& piece, const LinkedRecord& a, bool is_filled_in,
             FieldOverlapChecker& claims) {
    if (a.type == nullptr || a.type->formula == Formula::none || !a.is_inside()) return;
    if (claims.claim(a.offset(), a.type->field.size, is_filled_in)) return;
    problem_at(piece, a.offset(), "two relocation records fill in the same bytes",
               "in assembly, give each a place of its own");
  }

  // The twins must agree in all that does not move; nothing, and a problem, where they do not.
  std::optional<RelocationSite> site_of(const ImageSection& piece, const LinkedRecord& a,
                                        const LinkedRecord& b, Judge& judge) {
    const std::optional<SymbolClass> judged = judge.judgement(a.record.symbol, b.record.symbol);
    if (!judged || a.record.type != b.record.type || a.type != b.type || a.offset() != b.offset()) {
      problem_at(piece, a.offset(), "the two layouts have different relocation records",
                 other_records);
      return std::nullopt;
    }
    if (a.type == nullptr) {
      problem_at(piece, a.offset(),
                 "relocation type " + std::to_string(a.record.type) + " against " +
                     quote(a.symbol().name) + " is not supported for " + std::string(target_.name));
      return std::nullopt;
    }
    if (!a.is_inside() || !b.is_inside()) {
      problem_at(piece, a.offset(), "a relocation record reaches past its section");
      return std::nullopt;
    }
    return RelocationSite{piece, a, b, *judged};
  }

  void explain(const ImageSection& piece, const LinkedRecord& a, const LinkedRecord& b,
               Judge& judge) {
    const std::optional<RelocationSite> site = site_of(piece, a, b, judge);
    if (!site) return;
    switch (site->type().formula) {
      case Formula::none: return;
      case Formula::got_slot:
      case Formula::thread_local_:
        return problem(*site, " needs a global offset table", "declare it hidden");
      case Formula::gp_slot: return explain_slot(*site);
      case Formula::site_value: return explain_site_value(*site, judge);
      default: break;
    }
    if (!site->a.addend) {
      return problem(*site, " is the upper half of an address whose lower half is not there",
                     "keep the two instructions together");
    }
    if (site->a.addend != site->b.addend || !site->holds(site->a.value(), site->b.value())) {
      return mismatch(*site);
    }
    classify(*site);
  }

  void mismatch(const RelocationSite& site) {
    const std::string_view hint = site.type().mismatch_hint;
    problem_at(site, "the field does not hold what " + against(site) + " asks for",
               hint.empty() ? "the linker changed the instruction; link without relaxation"
                            : std::string(hint));
  }

  static bool is_term(const RelocationType* type) {
    return type != nullptr && (type->formula == Formula::plus || type->formula == Formula::minus);
  }

  // The end of the records that sum up at one place.
  static std::size_t end_of_sum(const LinkedTable& a, std::size_t first) {
    const std::uint64_t place = a[first].offset();
    std::size_t end = first + 1;
    while (end < a.size() && is_term(a[end].type) && a[end].offset() == place) ++end;
    return end;
  }

  // Label arithmetic: a difference of two addresses inside stays what it is.
  void explain_sum(const ImageSection& piece, const LinkedTable& a, const LinkedTable& b,
                   std::size_t first, std::size_t end, Judge& judge) {
    std::uint64_t sum_a = 0;
    std::uint64_t sum_b = 0;
    int moving = 0;
    for (std::size_t i = first; i < end; ++i) {
      const std::optional<RelocationSite> term = site_of(piece, a[i], b[i], judge);
      if (!term) return;
      if (term->judged.origin != SymbolOrigin::inside &&
          term->judged.origin != SymbolOrigin::constant) {
        return problem(*term, " is a difference to something outside of the bundle",
                       "a bundle can keep differences of its own addresses only");
      }
      sum_a += term->a.value();
      sum_b += term->b.value();
      const int sign = term->type().formula == Formula::plus ? 1 : -1;
      moving += term->judged.origin == SymbolOrigin::inside ? sign : 0;
    }
    const RelocationSite site{piece, a[first], b[first], {}};
    if (!site.holds(sum_a, sum_b)) return mismatch(site);
    if (moving != 0) {
      problem(site, " is one half of a difference: the sum would move with the bundle",
              "write the difference of two labels");
    }
  }

  // The lower half of an address, told by naming the place of the upper half.
  void explain_site_value(const RelocationSite& site, Judge& judge) {
    const LinkedTable& a = site.a.table;
    const LinkedTable& b = site.b.table;
    const std::size_t at = a.site_at(site.symbol().value);
    if (at == a.size() || b[at].record.offset != site.b.symbol().value || site.addend() != 0) {
      return problem(site, " names no place of an upper half",
                     "write %pcrel_lo of the label at the %pcrel_hi");
    }
    const std::optional<RelocationSite> upper = site_of(site.piece, a[at], b[at], judge);
    if (!upper || !upper->a.addend) return;
    if (!site.holds(upper->a.value(), upper->b.value())) return mismatch(site);
    if (upper->judged.origin != SymbolOrigin::import) return;
    refer(site, own_label, static_cast<std::int64_t>(upper->in_image()));
  }

  void explain_slot(const RelocationSite& site) {
    const SymbolOrigin origin = site.judged.origin;
    if (origin != SymbolOrigin::inside && origin != SymbolOrigin::import) return refuse(site);
    const auto slot = [](const LinkedRecord& r, const Image& image) {
      return image.gp + static_cast<std::uint64_t>(r.type->field.decode(r.word()));
    };
    const auto addend = static_cast<std::uint64_t>(site.addend());
    SymbolClass wanted = site.judged;
    if (origin == SymbolOrigin::import) wanted.beyond = addend_to_import(site);
    const std::string wrong =
        got_.use(slot(site.a, a_), slot(site.b, b_), wanted, site.symbol().value + addend,
                 site.b.symbol().value + addend);
    if (!wrong.empty()) {
      problem(site, " " + wrong, "declare the import with its kind, :func or :data");
    }
  }

  // The table's words have no records of their own: the final link is told of them here.
  void explain_got() {
    if (!target_.keeps_got) return;
    const GotTable::Words got = got_.words();
    for (const std::uint64_t offset : got.astray) {
      problem("at " + hex(offset) +
              ": a word of the global offset table is neither an import nor "
              "an address inside the bundle");
    }
    for (const GotWord& word : got.words) fix_up_slot(word);
  }

  void fix_up_slot(const GotWord& word) {
    if (spec_.mode == Mode::pic) {
      return problem("at " + hex(word.offset) +
                         ": the global offset table holds an absolute "
                         "address in a position independent bundle",
                     "use --mode selfreloc");
    }
    const RelocationType& type = *type_of(target_, target_.output_word);
    const std::uint32_t symbol =
        word.import == internal && !target_.output_has_addends ? own_label : word.import;
    add_reference({word.offset, type.number, symbol, word.addend}, type.field, 0);
    out_.bundle.fixups.push_back({word.offset, type.fixup, word.import, word.addend});
  }

  void classify(const RelocationSite& site) {
    const Formula formula = site.type().formula;
    if (formula == Formula::got_address || formula == Formula::gp_distance) return;
    switch (site.judged.origin) {
      case SymbolOrigin::inside:
        if (!reaches_bundle(site)) {
          problem(site, " refers to a place far outside of the bundle");
        } else if (formula == Formula::absolute) {
          fix_up(site);
        }
        return;
      case SymbolOrigin::import:
        return formula == Formula::absolute ? fix_up(site) : refer_to_import(site);
      case SymbolOrigin::constant:
        if (formula == Formula::absolute || formula == Formula::page_offset) return;
        return refuse(site);
      default: return refuse(site);
    }
  }

  // For what the symbol is, no field can refer to it so.
  void refuse(const RelocationSite& site) {
    const std::string name = quote(site.symbol().name);
    switch (site.judged.origin) {
      case SymbolOrigin::inside:
      case SymbolOrigin::import: return problem(site, " cannot be carried by the object");
      case SymbolOrigin::constant:
        return problem(site,
                       " reaches a fixed address by a distance, which is another wherever the "
                       "bundle lies",
                       "declare " + name + " as an import");
      case SymbolOrigin::nowhere:
        return problem_at(
            site,
            "weak symbol " + name +
                " is defined nowhere: its address would be 0 wherever the bundle lies",
            "define it, declare it as an import, or remove the use");
      case SymbolOrigin::outside:
        return problem(
            site, " refers to " + whereabouts(site.symbol()) + ", which is no part of the bundle",
            "place it in the script, or declare it as an import");
      case SymbolOrigin::astray:
        return problem_at(site, name + " does not move with the bundle",
                          "the script computes its address in a way that does not move");
    }
  }

  // An index that begins elsewhere than at 0 makes addresses before or behind an array; beyond
  // 64 KB it is no such thing.
  bool reaches_bundle(const RelocationSite& site) const {
    constexpr std::uint64_t slack = 0x10000;
    const std::uint64_t target = site.symbol().value + static_cast<std::uint64_t>(site.addend());
    const std::uint64_t start = a_.sections.front().address;
    return target_.narrow(target - start + slack) <= end_ - start + 2 * slack;
  }

  std::string whereabouts(const Symbol& s) const {
    if (a_.find_section(s.section) != nullptr || s.is_absolute()) {
      return "an address behind or before the bundle's bytes";
    }
    return "section " + section_of(s);
  }

  std::string section_of(const Symbol& s) const {
    const auto& sections = layouts_.a.sections();
    return s.section < sections.size() ? std::string(sections[s.section].name) : "of no file";
  }

  // Whether the place runs where it is loaded, as seen from the bundle's start.
  bool runs_where_loaded(const ImageSection& piece) const {
    return piece.offset == piece.address - a_.sections.front().address;
  }

  static std::int64_t addend_to_import(const RelocationSite& site) {
    return sum(static_cast<std::uint64_t>(site.judged.beyond), site.addend());
  }
  std::int64_t addend_to_start(const RelocationSite& site) const {
    return sum(site.symbol().value - a_.sections.front().address, site.addend());
  }
  static std::int64_t sum(std::uint64_t offset, std::int64_t addend) {
    return static_cast<std::int64_t>(offset + static_cast<std::uint64_t>(addend));
  }

  // A field that the final link fills in with the distance to an import.
  void refer_to_import(const RelocationSite& site) {
    if (!site.type().import_hint.empty()) {
      return problem(site, " cannot be carried by the object",
                     std::string(site.type().import_hint));
    }
    refer(site, site.judged.import, addend_to_import(site));
  }

  void refer(const RelocationSite& site, std::uint32_t symbol, std::int64_t addend) {
    const auto native = carry(site, addend);
    if (!native || loses_addend(site, symbol, *native)) {
      return problem(site, " cannot be carried by the object");
    }
    if (!runs_where_loaded(site.piece)) {
      return problem(site,
                     " in a section that runs elsewhere than it is loaded, so nobody can tell the "
                     "distance",
                     "give the section no AT(...)");
    }
    add_reference({site.in_image(), native->type, symbol, native->addend}, site.type().field,
                  site.a.word());
  }

  // A field that holds an address: of the bundle itself, or of an import.
  void fix_up(const RelocationSite& site) {
    if (spec_.mode == Mode::pic) {
      return problem(site, " is an absolute address in a position independent bundle",
                     "compile with -fpic, or use --mode selfreloc");
    }
    const auto native = carry(site, 0);
    if (!native || site.type().fixup == FixupKind::none) {
      return problem_at(site, "no fixup can change a field of " + std::string(site.type().name),
                        "compile with -fpic");
    }
    if (!runs_where_loaded(site.piece)) {
      return problem(site, " in a section that runs elsewhere than it is loaded",
                     "give the section no AT(...)");
    }
    const bool is_import = site.judged.origin == SymbolOrigin::import;
    const std::int64_t addend = is_import ? addend_to_import(site) : addend_to_start(site);
    const std::uint32_t symbol = is_import ? site.judged.import : own_symbol(site.type());
    if (loses_addend(site, symbol, {native->type, addend})) {
      return problem(site, " cannot be carried by the object");
    }
    add_reference({site.in_image(), native->type, symbol, addend}, site.type().field,
                  site.a.word());
    out_.bundle.fixups.push_back({site.in_image(), site.type().fixup, site.judged.import, addend});
  }

  // Fields that keep their addends have room for all of it in whole words only.
  std::uint32_t own_symbol(const RelocationType& type) const {
    const bool is_word = type.fixup == FixupKind::word32 || type.fixup == FixupKind::word64;
    return target_.output_has_addends || is_word ? internal : own_label;
  }

  // What reckons from the offset table is carried as relative: that holds as long as the table
  // moves with the bundle.
  std::optional<NativeRelocation> carry(const RelocationSite& site, std::int64_t addend) const {
    const bool got_moves = target_.narrow(b_.got - a_.got) == target_.narrow(plan_.distance);
    if (site.type().formula == Formula::got_relative && !got_moves) return std::nullopt;
    const std::uint64_t got = a_.got - a_.sections.front().address;
    return target_.carry(site.type(), addend, {site.in_image(), got});
  }

  // Fields that keep their addends may have no room for the lowest bits: those of branches. A label
  // of our own needs none.
  bool loses_addend(const RelocationSite& site, std::uint32_t symbol,
                    const NativeRelocation& native) const {
    if (symbol == own_label || target_.output_has_addends) return false;
    const RelocationType* type = type_of(target_, native.type);
    if (type == nullptr || type->needs_addend) return false;
    constexpr std::int64_t lowest = 3;
    const std::uint64_t word = site.type().field.keep_addend(native.addend, site.a.word());
    return ((type->field.decode(word) ^ native.addend) & lowest) != 0;
  }

  // The field is for the final link to fill in. It keeps the addend, but for that of a label of our
  // own, which is at the very place.
  void add_reference(const Reference& r, const Field& field, std::uint64_t word) {
    filled_in_.push_back({r.offset, &field, word, r.import == own_label ? 0 : r.addend});
    out_.bundle.references.push_back(r);
  }

  // The final link fills these fields in: they hold the addend, or nothing of meaning.
  void blank_fields() {
    auto segment = out_.bundle.segments.begin();
    for (const RelocatedField& f : filled_in_) {
      while (f.offset - segment->offset >= segment->bytes.size()) ++segment;
      auto* bytes = reinterpret_cast<std::byte*>(segment->bytes.data());
      const std::uint64_t word = target_.output_has_addends
                                     ? f.field->encode(0, f.word)
                                     : f.field->keep_addend(f.addend, f.word);
      f.field->store(bytes + (f.offset - segment->offset), target_.is_big_endian, word);
    }
  }

  void describe() {
    out_.bundle.target = target_.name;
    out_.bundle.elf_flags = layouts_.partial.flags();
    out_.bundle.alignment = plan_.granule;
    for (const Import& import : imports_) out_.bundle.imports.push_back(import.name);
    find_exports();
    if (target_.has_mapping_symbols) out_.bundle.mapping_symbols = mapping_symbols_of(a_, target_);
    if (target_.machine == target_.output_machine) {
      out_.bundle.attributes = attributes_of(layouts_.partial);
    }
    if (!out_.problems.empty()) return;
    out_.bundle.segments = segments_of(a_);
    blank_fields();
    std::ranges::stable_sort(out_.bundle.fixups, {}, &Fixup::offset);
  }

  void require_all_differences_explained() {
    if (!std::ranges::is_sorted(filled_in_, {}, &RelocatedField::offset)) {
      std::ranges::stable_sort(filled_in_, {}, &RelocatedField::offset);
    }
    for (std::size_t i = 0; i < a_.sections.size(); ++i) {
      const ImageSection& piece = a_.sections[i];
      if (bytes_of(a_, i).size() != bytes_of(b_, i).size()) {
        problem("section " + std::string(layouts_.a.sections()[piece.section].name) +
                " has bytes in one layout only");
      }
    }
    if (!out_.problems.empty()) return;
    for (const Difference& d : differences(a_, b_, filled_in_, target_.is_big_endian)) tell(d);
  }

  static Bytes bytes_of(const Image& image, std::size_t piece) {
    return image.elf->sections()[image.sections[piece].section].content;
  }

  void tell(const Difference& d) {
    const ImageSection& piece = a_.sections[d.piece];
    const auto byte = [&](const Image& image) {
      return hex(std::to_integer<unsigned>(bytes_of(image, d.piece)[d.in_section]));
    };
    if (d.kind == Difference::shared_bits) {
      return problem_at(piece, d.in_section, "two relocation records fill in the same bits");
    }
    problem_at(piece, d.in_section,
               "the byte depends on where the bundle is (" + byte(a_) + " and " + byte(b_) +
                   ") and no relocation record says why",
               "look for an address in a script's expression, or for code that the linker made");
  }

  void find_exports() {
    for (const std::string& name : spec_.exports) find_export(name);
  }

  void find_export(const std::string& name) {
    const Symbol* symbol = exported(name, layouts_.partial, layouts_.a);
    const Symbol* twin = exported(name, layouts_.partial, layouts_.b);
    if (symbol == nullptr || symbol->is_undefined() || twin == nullptr) {
      return problem("export " + quote(name) + " is not defined in the bundle");
    }
    const ImageSection* piece =
        symbol->is_absolute() ? a_.section_at(symbol->value) : a_.find_section(symbol->section);
    if (piece == nullptr) {
      return problem("export " + quote(name) + " lies in section " + section_of(*symbol) +
                         ", which is no part of the bundle",
                     "place that section in the script");
    }
    const std::uint64_t in_section = target_.narrow(symbol->value - piece->address);
    if (in_section > piece->size) {
      return problem("export " + quote(name) + " lies behind or before the bundle's bytes");
    }
    if (target_.narrow(twin->value - symbol->value) != target_.narrow(plan_.distance)) {
      return problem("export " + quote(name) + " does not move with the bundle",
                     "the script computes its address in a way that does not move");
    }
    out_.bundle.exports.push_back({name, piece->offset + in_section, symbol->size, symbol->type});
  }

  const Layouts& layouts_;
  const Target& target_;
  const LayoutPlan& plan_;
  const Spec& spec_;
  std::span<const Import> imports_;
  Image a_;
  Image b_;
  std::uint64_t end_ = 0;  // address behind layout A's bundle
  GotTable got_{a_, b_, target_, plan_};
  std::vector<RelocatedField> filled_in_;
  Combined out_;
  std::optional<SymbolMap> names_;  // of layout A, for a bundle that has problems
};

}  // namespace

Combined combine(const Layouts& layouts, const Target& target, const LayoutPlan& plan,
                 const Spec& spec, std::span<const Import> imports) {
  return Combiner(layouts, target, plan, spec, imports).run();
}

}  // namespace cbundle
