#include "engine/bundle/proof/output_fields.h"

#include <algorithm>

#include "engine/base/text.h"

namespace cbundle {
namespace {

std::int64_t sum(std::uint64_t offset, std::int64_t addend) {
  return static_cast<std::int64_t>(offset + static_cast<std::uint64_t>(addend));
}

}  // namespace

std::int64_t addend_to_import(const RelocationSite& site) {
  return sum(static_cast<std::uint64_t>(site.symbol_class.offset), site.addend());
}

void OutputFields::refuse(const RelocationSite& site, std::string hint) {
  errors_.add_at(site,
                 "refers to " + quote(site.symbol().name) +
                     " in a way that cannot be expressed as a relocation in the output",
                 std::move(hint));
}

// Elsewhere the distance is not known, as the bundle is one section of the output.
bool OutputFields::require_vma_equals_lma(const RelocationSite& site) {
  if (layouts_.vma_equals_lma(site.section)) return true;
  errors_.add_at(site,
                 "refers to " + quote(site.symbol().name) +
                     " from a section that runs at another address than it is loaded at",
                 "give the section no AT(...)");
  return false;
}

void OutputFields::refer_to_import(const RelocationSite& site) {
  const std::string_view hint = site.type().import_hint;
  if (!hint.empty()) return refuse(site, std::string(hint));
  refer(site, site.symbol_class.import, addend_to_import(site));
}

void OutputFields::refer(const RelocationSite& site, std::uint32_t symbol, std::int64_t addend) {
  const auto record = passthrough(site, addend);
  if (!record || loses_addend(site, symbol, *record)) return refuse(site);
  if (!require_vma_equals_lma(site)) return;
  add_reference({site.offset_in_image(), record->type, symbol, record->addend}, site.type().field,
                site.a.word());
}

void OutputFields::fix_up(const RelocationSite& site) {
  const std::string need = "needs the absolute address of " + quote(site.symbol().name);
  if (mode_ == Mode::pic) {
    return errors_.add_at(site, need, "compile with -fpic, or use --mode selfreloc");
  }
  const auto record = passthrough(site, 0);
  if (!record || site.type().fixup == FixupKind::none) {
    return errors_.add_at(site, need + " in a field that no fixup can change",
                          "compile with -fpic");
  }
  if (!require_vma_equals_lma(site)) return;
  const bool is_import = site.symbol_class.origin == SymbolOrigin::import;
  const std::int64_t addend = is_import
                                  ? addend_to_import(site)
                                  : sum(site.symbol().value - layouts_.start(), site.addend());
  const std::uint32_t symbol = is_import ? site.symbol_class.import : own_symbol(site.type());
  if (loses_addend(site, symbol, {record->type, addend})) return refuse(site);
  const std::uint64_t offset = site.offset_in_image();
  add_reference({offset, record->type, symbol, addend}, site.type().field, site.a.word());
  bundle_.fixups.push_back({offset, site.type().fixup, site.symbol_class.import, addend});
}

void OutputFields::fix_up_got_word(std::uint64_t offset, std::uint32_t import,
                                   std::int64_t addend) {
  if (mode_ == Mode::pic) {
    return errors_.add("the global offset table holds an absolute address at " + hex(offset) +
                           ", which a position-independent bundle cannot",
                       "use --mode selfreloc");
  }
  const RelocationType& type = *type_of(layouts_.target, layouts_.target.output_word);
  const bool is_own_label = import == internal && !layouts_.target.output_has_addends;
  add_reference({offset, type.number, is_own_label ? own_label : import, addend}, type.field, 0);
  bundle_.fixups.push_back({offset, type.fixup, import, addend});
}

// Of fields that keep their addends, only whole words have room for any.
std::uint32_t OutputFields::own_symbol(const RelocationType& type) const {
  const bool is_word = type.fixup == FixupKind::word32 || type.fixup == FixupKind::word64;
  return layouts_.target.output_has_addends || is_word ? internal : own_label;
}

// A value relative to the offset table becomes one relative to the place: right as long as the
// table moves with the bundle.
std::optional<PassthroughRelocation> OutputFields::passthrough(const RelocationSite& site,
                                                               std::int64_t addend) const {
  const bool got_moves = layouts_.moves(layouts_.a.got, layouts_.b.got);
  if (site.type().formula == Formula::got_relative && !got_moves) return std::nullopt;
  const std::uint64_t got = layouts_.a.got - layouts_.start();
  return layouts_.target.passthrough(site.type(), addend, {site.offset_in_image(), got});
}

// Fields that keep their addends may have no room for the lowest bits: those of branches. A label
// of our own needs none.
bool OutputFields::loses_addend(const RelocationSite& site, std::uint32_t symbol,
                                const PassthroughRelocation& record) const {
  if (symbol == own_label || layouts_.target.output_has_addends) return false;
  const RelocationType* type = type_of(layouts_.target, record.type);
  if (type == nullptr || type->needs_addend) return false;
  constexpr std::int64_t lowest = 3;
  const std::uint64_t word = site.type().field.encode_addend(record.addend, site.a.word());
  return ((type->field.decode(word) ^ record.addend) & lowest) != 0;
}

// A label of our own is at the very place, so its field keeps no addend.
void OutputFields::add_reference(const Reference& r, const Field& field, std::uint64_t word) {
  relocated_.push_back({r.offset, &field, word, r.import == own_label ? 0 : r.addend});
  bundle_.references.push_back(r);
}

void OutputFields::sort() {
  if (!std::ranges::is_sorted(relocated_, {}, &RelocatedField::offset)) {
    std::ranges::stable_sort(relocated_, {}, &RelocatedField::offset);
  }
  std::ranges::stable_sort(bundle_.fixups, {}, &Fixup::offset);
}

void OutputFields::clear_fields(std::vector<Segment>& segments) const {
  const Target& target = layouts_.target;
  auto segment = segments.begin();
  for (const RelocatedField& f : relocated_) {
    while (f.offset - segment->offset >= segment->bytes.size()) ++segment;
    auto* bytes = reinterpret_cast<std::byte*>(segment->bytes.data());
    const std::uint64_t word = target.output_has_addends ? f.field->encode(0, f.word)
                                                         : f.field->encode_addend(f.addend, f.word);
    f.field->store(bytes + (f.offset - segment->offset), target.is_big_endian, word);
  }
}

}  // namespace cbundle
