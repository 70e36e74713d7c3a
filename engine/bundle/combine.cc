#include "engine/bundle/combine.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "engine/base/text.h"
#include "engine/bundle/image.h"
#include "engine/bundle/survey.h"

namespace cbundle {
namespace {

// Where a symbol's address comes from, judged by what it did between the layouts.
enum class Origin : std::uint8_t {
  inside,    // moves with the bundle
  import,    // a stub of ours
  constant,  // the same in both layouts
  nowhere,   // weak and undefined
  outside,   // in a section that is no part of the bundle
  astray,    // moved by itself
};

struct Judged {
  Origin origin = Origin::outside;
  std::uint32_t import = internal;
};

struct Verdict {
  std::uint32_t twin = 0;  // the symbol's index in layout B
  Judged judged;
};

class Combiner {
 public:
  Combiner(const Layouts& layouts, const Target& target, const LayoutPlan& plan, const Spec& spec,
           std::span<const Import> imports)
      : layouts_(layouts), target_(target), plan_(plan), spec_(spec), imports_(imports) {}

  Combined run() {
    if (!read_images() || !compare_shapes()) return std::move(out_);
    out_.bundle.target = target_.name;
    out_.bundle.elf_flags = layouts_.a.flags();
    out_.bundle.alignment = plan_.granule;
    for (const Import& import : imports_) out_.bundle.imports.push_back(import.name);
    prepare_judging();
    explained_.resize(image_size());
    explain_all();
    require_all_differences_explained();
    find_exports();
    out_.bundle.segments = segments_of(a_);
    blank_fields();
    std::ranges::stable_sort(out_.bundle.references, {}, &Reference::offset);
    std::ranges::stable_sort(out_.bundle.fixups, {}, &Fixup::offset);
    return std::move(out_);
  }

 private:
  // A record of layout A and its twin in B, and where the field is.
  struct Site {
    const Piece& piece;
    std::uint64_t in_section = 0;  // offset of the field
    const RelocationType& type;
    const Relocation& a;
    const Relocation& b;
    Judged judged;
    std::uint64_t word_a = 0;
    std::uint64_t word_b = 0;
    std::int64_t addend = 0;

    std::uint64_t in_image() const { return piece.offset + in_section; }
  };

  struct FilledIn {
    std::uint64_t offset = 0;  // in the image
    const Field* field = nullptr;
    std::uint64_t word = 0;
  };

  void problem(std::string text, std::string remedy = {}) {
    out_.problems.push_back({std::move(text), std::move(remedy), std::nullopt});
  }

  // "`parse'+0x1c", by the nearest symbol before.
  std::string place(const Piece& piece, std::uint64_t in_section) const {
    const Symbol* best = nullptr;
    for (const Symbol& s : layouts_.a.symbols()) {
      const bool fits = s.section == piece.section && s.type != STT_SECTION && !s.name.empty() &&
                        s.value - piece.address <= in_section;
      if (fits && (best == nullptr || s.value > best->value)) best = &s;
    }
    if (best == nullptr) return "at " + hex(piece.offset + in_section);
    return "in " + in_quotes(best->name) + "+" + hex(in_section - (best->value - piece.address));
  }
  std::string place(const Site& site) const { return place(site.piece, site.in_section); }

  bool read_images() {
    Result<Image> a = image_of(layouts_.a);
    Result<Image> b = image_of(layouts_.b);
    if (!a || !b) {
      problem(a ? b.error().message : a.error().message);
      return false;
    }
    a_ = std::move(a).value();
    b_ = std::move(b).value();
    return true;
  }

  bool compare_shapes() {
    static constexpr auto remedy =
        "the script must not depend on addresses or differ in size between layouts";
    if (a_.pieces.size() != b_.pieces.size()) {
      problem("the two layouts hold different sections", remedy);
      return false;
    }
    for (std::size_t i = 0; i < a_.pieces.size(); ++i) {
      const Piece& a = a_.pieces[i];
      const Piece& b = b_.pieces[i];
      const std::string name(layouts_.a.sections()[a.section].name);
      if (name != layouts_.b.sections()[b.section].name || a.size != b.size ||
          a.offset != b.offset) {
        problem("section " + name + " is not the same in both layouts (" + hex(a.size) + " and " +
                    hex(b.size) + " bytes at " + hex(a.offset) + " and " + hex(b.offset) + ")",
                remedy);
      } else if (narrow(b.address - a.address) != narrow(plan_.distance)) {
        problem("section " + name + " is at " + hex(a.address) + " in one layout and at " +
                    hex(b.address) + " in the other, " + hex(narrow(b.address - a.address)) +
                    " apart instead of " + hex(plan_.distance),
                "the script computes the address in a way that does not move with the rest");
      }
    }
    return out_.problems.empty();
  }

  // Addresses of 32-bit machines wrap at 32 bits.
  std::uint64_t narrow(std::uint64_t value) const {
    return target_.is_64 ? value : value & 0xffff'ffff;
  }

  void prepare_judging() {
    for (std::size_t i = 0; i < imports_.size(); ++i) {
      import_named_.emplace(imports_[i].name, static_cast<std::uint32_t>(i));
    }
    judged_.resize(layouts_.a.symbols().size());
  }

  // The judgement of a record's symbol; nothing where the other layout's twin has another symbol.
  // Indices may differ: a template may define a symbol in one layout only.
  std::optional<Judged> judgement(std::uint32_t in_a, std::uint32_t in_b) {
    std::optional<Verdict>& verdict = judged_[in_a];
    if (!verdict) {
      const Symbol& a = layouts_.a.symbols()[in_a];
      const Symbol& b = layouts_.b.symbols()[in_b];
      if (a.name != b.name || a.type != b.type || a.binding != b.binding) return std::nullopt;
      verdict = Verdict{in_b, judge(a, b)};
    }
    if (verdict->twin != in_b) return std::nullopt;
    return verdict->judged;
  }

  Judged judge(const Symbol& a, const Symbol& b) const {
    if (a.is_undefined()) return {Origin::nowhere};
    if (!a.is_local()) {
      const auto import = import_named_.find(a.name);
      if (import != import_named_.end()) return {Origin::import, import->second};
    }
    const std::uint64_t moved = narrow(b.value - a.value);
    if (a.is_absolute()) {
      if (moved == 0) return {Origin::constant};
      return {moved == narrow(plan_.distance) ? Origin::inside : Origin::astray};
    }
    if (a_.piece_of_section(a.section) == nullptr) return {Origin::outside};
    return {moved == narrow(plan_.distance) ? Origin::inside : Origin::astray};
  }

  void explain_all() {
    for (const Relocations& a : layouts_.a.relocations()) {
      const Piece* piece = a_.piece_of_section(a.section);
      if (piece == nullptr) continue;
      const Relocations* b = twin_of(a);
      if (b == nullptr || b->records.size() != a.records.size()) {
        problem("the two layouts have different relocation records for section " +
                    std::string(layouts_.a.sections()[a.section].name),
                "the linker made a stub or changed an instruction in one of them");
        continue;
      }
      out_.bundle.references.reserve(out_.bundle.references.size() + a.records.size() / 4);
      for (std::size_t i = 0; i < a.records.size(); ++i) {
        explain(*piece, a.records[i], b->records[i], a.has_addends);
      }
    }
  }

  const Relocations* twin_of(const Relocations& a) const {
    const std::string_view name = layouts_.a.sections()[a.section].name;
    for (const Relocations& b : layouts_.b.relocations()) {
      if (b.section == a.section && layouts_.b.sections()[b.section].name == name) return &b;
    }
    return nullptr;
  }

  std::uint64_t image_size() const {
    return a_.pieces.empty() ? 0 : a_.pieces.back().offset + a_.pieces.back().size;
  }

  void explain(const Piece& piece, const Relocation& a, const Relocation& b, bool has_addend) {
    const std::uint64_t in_section = narrow(a.offset - piece.address);
    const Symbol& symbol = layouts_.a.symbols()[a.symbol];
    const std::optional<Judged> judged = judgement(a.symbol, b.symbol);
    if (!judged || a.type != b.type || a.addend != b.addend ||
        narrow(b.offset - a.offset) != narrow(plan_.distance)) {
      return problem(
          place(piece, in_section) + ": the two layouts have different relocation records",
          "the linker made a stub or changed an instruction in one of them");
    }
    const RelocationType* type = type_of(target_, a.type);
    if (type == nullptr) {
      return problem(place(piece, in_section) + ": relocation type " + std::to_string(a.type) +
                     " against " + in_quotes(symbol.name) + " is not supported for " +
                     std::string(target_.name));
    }
    if (type->formula == Formula::none) return;
    const Section& section = layouts_.a.sections()[piece.section];
    if (in_section > section.content.size() ||
        type->field.size > section.content.size() - in_section) {
      return problem(place(piece, in_section) + ": a relocation record reaches past its section");
    }
    Site site{piece, in_section, *type, a, b, *judged};
    site.word_a = load(a_, site);
    site.word_b = load(b_, site);
    if (!has_formula(type->formula)) return refuse(site);
    site.addend = has_addend ? a.addend : addend_of(site);
    if (!holds(site)) {
      return problem(place(site) + ": the field does not hold what " + std::string(type->name) +
                         " against " + in_quotes(symbol.name) + " asks for",
                     "the linker changed the instruction; link without relaxation");
    }
    classify(site);
  }

  static bool has_formula(Formula formula) {
    return formula != Formula::got_slot && formula != Formula::thread_local_;
  }

  std::uint64_t load(const Image& image, const Site& site) const {
    const Piece& piece = image.pieces[static_cast<std::size_t>(&site.piece - a_.pieces.data())];
    return load_word(image.bytes_of(piece) + site.in_section, site.type.field.size,
                     target_.is_big_endian);
  }

  std::uint64_t value(const Site& site, bool in_a, std::int64_t addend) const {
    const Relocation& r = in_a ? site.a : site.b;
    const Image& image = in_a ? a_ : b_;
    const std::uint64_t symbol = image.elf->symbols()[r.symbol].value;
    const auto plus = static_cast<std::uint64_t>(addend);
    switch (site.type.formula) {
      case Formula::absolute: return symbol + plus;
      case Formula::relative: return symbol + plus - r.offset;
      case Formula::got_relative: return symbol + plus - image.got;
      case Formula::got_address: return image.got + plus - r.offset;
      default: return 0;
    }
  }

  // A record without an addend left it in the field, which the link overwrote: it follows from
  // layout A, and layout B checks it.
  std::int64_t addend_of(const Site& site) const {
    const auto held = static_cast<std::uint64_t>(site.type.field.decode(site.word_a));
    return site.type.field.decode(site.type.field.encode(held - value(site, true, 0), 0));
  }

  bool holds(const Site& site) const {
    const Field& field = site.type.field;
    return field.encode(value(site, true, site.addend), site.word_a) == site.word_a &&
           field.encode(value(site, false, site.addend), site.word_b) == site.word_b;
  }

  void refuse(const Site& site) {
    const std::string symbol = in_quotes(layouts_.a.symbols()[site.a.symbol].name);
    problem(place(site) + ": " + std::string(site.type.name) + " against " + symbol +
                " needs a global offset table",
            "declare it hidden");
  }

  void classify(const Site& site) {
    const Formula formula = site.type.formula;
    if (formula == Formula::got_address) return;
    const Symbol& symbol = layouts_.a.symbols()[site.a.symbol];
    const Judged& judged = site.judged;
    const std::string against = std::string(site.type.name) + " against " + in_quotes(symbol.name);
    switch (judged.origin) {
      case Origin::inside:
        if (formula == Formula::absolute) fix_up(site, against);
        return;
      case Origin::import:
        if (formula == Formula::absolute) return fix_up(site, against);
        return refer(site, against);
      case Origin::constant:
        if (formula == Formula::absolute) return;
        return problem(place(site) + ": " + against +
                           " reaches a fixed address by a distance, "
                           "which is another wherever the bundle lies",
                       "declare " + in_quotes(symbol.name) + " as an import");
      case Origin::nowhere:
        return problem(place(site) + ": weak symbol " + in_quotes(symbol.name) +
                           " is defined nowhere: "
                           "its address would be 0 wherever the bundle lies",
                       "define it, declare it as an import, or remove the use");
      case Origin::outside:
        return problem(place(site) + ": " + against + " refers to section " + section_of(symbol) +
                           ", which is no part of the bundle",
                       "place that section in the script");
      case Origin::astray:
        return problem(
            place(site) + ": " + in_quotes(symbol.name) + " does not move with the bundle",
            "the script computes its address in a way that does not move");
    }
  }

  std::string section_of(const Symbol& s) const {
    const auto& sections = layouts_.a.sections();
    return s.section < sections.size() ? std::string(sections[s.section].name) : "of no file";
  }

  // Whether the place runs where it is loaded, as seen from the bundle's start.
  bool runs_where_loaded(const Piece& piece) const {
    return piece.offset == piece.address - a_.pieces.front().address;
  }

  // A field that the final link fills in with the distance to an import.
  void refer(const Site& site, const std::string& against) {
    const auto native = carry(site, site.addend);
    if (!native) return problem(place(site) + ": " + against + " cannot be carried by the object");
    if (!runs_where_loaded(site.piece)) {
      return problem(place(site) + ": " + against +
                         " in a section that runs elsewhere than it is "
                         "loaded, so nobody can tell the distance",
                     "give the section no AT(...)");
    }
    if (!claim(site)) return;
    out_.bundle.references.push_back(
        {site.in_image(), native->type, site.judged.import, native->addend});
  }

  // A field that holds an address: of the bundle itself, or of an import.
  void fix_up(const Site& site, const std::string& against) {
    if (spec_.mode == Mode::pic) {
      return problem(place(site) + ": " + against +
                         " is an absolute address in a position "
                         "independent bundle",
                     "compile with -fpic, or use --mode selfreloc");
    }
    const bool is_word32 = site.type.field.size == 4;
    const auto native = carry(site, 0);
    if (!native || (!is_word32 && site.type.field.size != 8)) {
      return problem(
          place(site) + ": no fixup can change a field of " + std::string(site.type.name),
          "compile with -fpic");
    }
    if (!runs_where_loaded(site.piece)) {
      return problem(place(site) + ": " + against +
                         " in a section that runs elsewhere than it is "
                         "loaded",
                     "give the section no AT(...)");
    }
    if (!claim(site)) return;
    const std::uint64_t symbol = layouts_.a.symbols()[site.a.symbol].value;
    const std::int64_t addend =
        site.judged.origin == Origin::import
            ? site.addend
            : static_cast<std::int64_t>(symbol + static_cast<std::uint64_t>(site.addend) -
                                        a_.pieces.front().address);
    out_.bundle.references.push_back({site.in_image(), native->type, site.judged.import, addend});
    out_.bundle.fixups.push_back({site.in_image(),
                                  is_word32 ? FixupKind::word32 : FixupKind::word64,
                                  site.judged.import, addend});
  }

  std::optional<NativeRelocation> carry(const Site& site, std::int64_t addend) const {
    const std::uint64_t got = a_.got - a_.pieces.front().address;
    return target_.carry(site.type, addend, {site.in_image(), got});
  }

  // Marks the field's bits as allowed to differ; no two fields may share a bit.
  bool claim(const Site& site) {
    const unsigned size = site.type.field.size;
    std::byte mask[8];
    store_word(mask, size, target_.is_big_endian, site.type.field.mask());
    std::byte* marks = explained_.data() + site.in_image();
    for (unsigned i = 0; i < size; ++i) {
      if ((marks[i] & mask[i]) != std::byte{0}) {
        problem(place(site) + ": two relocation records fill in the same bits");
        return false;
      }
    }
    for (unsigned i = 0; i < size; ++i) marks[i] |= mask[i];
    filled_in_.push_back({site.in_image(), &site.type.field, site.word_a});
    return true;
  }

  // The final link fills these fields in; what layout A put there means nothing to anyone.
  void blank_fields() {
    std::ranges::stable_sort(filled_in_, {}, &FilledIn::offset);
    auto segment = out_.bundle.segments.begin();
    for (const FilledIn& f : filled_in_) {
      while (f.offset - segment->offset >= segment->bytes.size()) ++segment;
      auto* bytes = reinterpret_cast<std::byte*>(segment->bytes.data());
      store_word(bytes + (f.offset - segment->offset), f.field->size, target_.is_big_endian,
                 f.field->encode(0, f.word));
    }
  }

  void require_all_differences_explained() {
    for (std::size_t i = 0; i < a_.pieces.size(); ++i) {
      const Piece& piece = a_.pieces[i];
      const Bytes a = layouts_.a.sections()[piece.section].content;
      const Bytes b = layouts_.b.sections()[b_.pieces[i].section].content;
      if (a.size() != b.size()) {
        problem("section " + std::string(layouts_.a.sections()[piece.section].name) +
                " has bytes in one layout only");
        continue;
      }
      compare(piece, a, b);
    }
  }

  // Equal blocks are passed over at the speed of memcmp; differences are rare.
  void compare(const Piece& piece, Bytes a, Bytes b) {
    constexpr std::size_t block = 64;
    for (std::size_t at = 0; at < a.size(); at += block) {
      const std::size_t n = std::min(block, a.size() - at);
      if (std::memcmp(a.data() + at, b.data() + at, n) == 0) continue;
      for (std::size_t i = at; i < at + n; ++i) {
        const std::byte differs = a[i] ^ b[i];
        if ((differs & ~explained_[piece.offset + i]) == std::byte{0}) continue;
        problem(place(piece, i) + ": the byte depends on where the bundle is (" +
                    hex(std::to_integer<unsigned>(a[i])) + " and " +
                    hex(std::to_integer<unsigned>(b[i])) + ") and no relocation record says why",
                "look for an address in a script's expression, or for code that the linker made");
        i = std::min(i + 8, at + n) - 1;  // one word, one complaint
        if (out_.problems.size() > 1000) return;
      }
    }
  }

  void find_exports() {
    for (const std::string& name : spec_.exports) {
      const Symbol* symbol = layouts_.a.symbol_named(name);
      if (symbol == nullptr || symbol->is_undefined()) {
        problem("export " + in_quotes(name) + " is not defined in the bundle");
        continue;
      }
      const Piece* piece =
          symbol->is_absolute() ? a_.piece_at(symbol->value) : a_.piece_of_section(symbol->section);
      if (piece == nullptr) {
        problem("export " + in_quotes(name) + " lies in section " + section_of(*symbol) +
                    ", which is no part of the bundle",
                "place that section in the script");
        continue;
      }
      const std::uint64_t offset = piece->offset + narrow(symbol->value - piece->address);
      out_.bundle.exports.push_back({name, offset, symbol->size, symbol->type});
    }
  }

  const Layouts& layouts_;
  const Target& target_;
  const LayoutPlan& plan_;
  const Spec& spec_;
  std::span<const Import> imports_;
  Image a_;
  Image b_;
  std::unordered_map<std::string_view, std::uint32_t> import_named_;
  std::vector<std::optional<Verdict>> judged_;  // of each symbol of layout A, once it is met
  std::vector<std::byte> explained_;            // bits of the image that may differ
  std::vector<FilledIn> filled_in_;
  Combined out_;
};

}  // namespace

Combined combine(const Layouts& layouts, const Target& target, const LayoutPlan& plan,
                 const Spec& spec, std::span<const Import> imports) {
  return Combiner(layouts, target, plan, spec, imports).run();
}

}  // namespace cbundle
