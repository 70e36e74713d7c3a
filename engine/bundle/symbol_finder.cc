#include "engine/bundle/symbol_finder.h"

#include <algorithm>

#include "engine/base/text.h"

namespace cbundle {
namespace {

// Characters; enough to recognize a string.
constexpr std::size_t max_string = 32;

bool contains(const Symbol& symbol, std::uint64_t start, std::uint64_t offset) {
  return symbol.size == 0 ? symbol.type != STT_OBJECT : offset - start < symbol.size;
}

std::string string_at(const Section& section, std::uint64_t offset) {
  const auto* text = reinterpret_cast<const char*>(section.content.data());
  const std::string_view rest(text + offset, section.content.size() - offset);
  const std::string_view whole = rest.substr(0, rest.find('\0'));
  std::string shown(whole.substr(0, max_string));
  if (shown.size() < whole.size()) shown += "...";
  return json_string(shown);
}

std::string kind_of(const Section& section) {
  if (section.is_code()) return "code";
  return section.is_writable() ? "data" : "a constant";
}

}  // namespace

bool is_source_symbol(const Symbol& s) {
  return !s.name.empty() && !s.is_undefined() && s.type != STT_SECTION && s.type != STT_FILE &&
         !s.name.starts_with(".") && !s.name.starts_with("$");
}

std::string_view name_in_source(const Symbol& symbol) {
  if (!symbol.is_local()) return symbol.name;
  const std::size_t dot = symbol.name.find('.', 1);
  return symbol.name.substr(0, dot);
}

bool is_variable(const Symbol& symbol) {
  return symbol.type == STT_OBJECT || symbol.type == STT_TLS || symbol.is_common();
}

std::string kind_and_name(const Symbol& symbol) {
  return (is_variable(symbol) ? "variable " : "function ") + quote(name_in_source(symbol));
}

SymbolFinder::SymbolFinder(const ElfFile& elf) : elf_(elf) {
  for (const Symbol& s : elf_.symbols()) {
    if (is_source_symbol(s) && s.section < elf_.sections().size()) sorted_.push_back(&s);
  }
  std::ranges::stable_sort(sorted_, [&](const Symbol* a, const Symbol* b) {
    return a->section != b->section ? a->section < b->section : start_of(*a) < start_of(*b);
  });
}

std::uint64_t SymbolFinder::start_of(const Symbol& symbol) const {
  const bool may_be_thumb = elf_.machine() == EM_ARM && symbol.type == STT_FUNC;
  return may_be_thumb ? symbol.value & ~std::uint64_t{1} : symbol.value;
}

const Symbol* SymbolFinder::symbol_at(const SectionOffset& place) const {
  auto at = std::ranges::upper_bound(
      sorted_, std::pair(place.section, place.offset), {},
      [&](const Symbol* s) { return std::pair(s->section, start_of(*s)); });
  if (at == sorted_.begin() || (*std::prev(at))->section != place.section) return nullptr;
  const std::uint64_t nearest = start_of(**std::prev(at));
  const Symbol* found = nullptr;  // the first of several names
  while (at != sorted_.begin()) {
    const Symbol& s = **--at;
    if (s.section != place.section || start_of(s) != nearest) break;
    if (contains(s, nearest, place.offset)) found = &s;
  }
  return found;
}

Diagnostic SymbolFinder::error_at(const SectionOffset& place, std::string_view predicate,
                                  std::string hint) const {
  const Section& section = elf_.sections()[place.section];
  const Symbol* symbol = symbol_at(place);
  const std::uint64_t offset = place.offset - section.address;
  std::string subject = "section " + std::string(section.name);
  if (offset > 0) subject += "+" + hex(offset);
  if (symbol != nullptr) subject = kind_and_name(*symbol);
  return {.message = subject + " " + std::string(predicate),
          .hint = std::move(hint),
          .symbol = std::string(symbol == nullptr ? "" : name_in_source(*symbol)),
          .section = std::string(section.name),
          .offset = offset,
          .place = place};
}

Diagnostic SymbolFinder::error_at(const RecordUse& use, std::string_view predicate,
                                  std::string hint) const {
  Diagnostic error = error_at(use.place(), predicate, std::move(hint));
  error.relocation = use.type.name;
  error.target = elf_.symbols()[use.record.symbol].name;
  return error;
}

std::string SymbolFinder::description_of(const Symbol& symbol,
                                         const std::optional<SectionOffset>& referenced) const {
  if (symbol.is_undefined() || is_source_symbol(symbol)) return quote(name_in_source(symbol));
  if (symbol.section >= elf_.sections().size()) return quote(symbol.name);
  const Section& section = elf_.sections()[symbol.section];
  const bool is_strings = (section.flags & SHF_STRINGS) != 0 && section.entry_size == 1;
  if (referenced && is_strings && referenced->offset < section.content.size()) {
    return "the string " + string_at(section, referenced->offset);
  }
  const Symbol* named = referenced ? symbol_at(*referenced) : nullptr;
  if (named == nullptr) return kind_of(section) + " in " + std::string(section.name);
  const bool is_start = start_of(*named) == referenced->offset;
  return (is_start ? "" : "a place in ") + quote(name_in_source(*named));
}

std::optional<SectionOffset> relocation_target(const ElfFile& partial, const Target& target,
                                               const RecordUse& use) {
  const auto& [table, r, type] = use;
  const Symbol& symbol = partial.symbols()[r.symbol];
  if (symbol.is_undefined() || symbol.section >= partial.sections().size()) return std::nullopt;
  std::int64_t addend = r.addend;
  if (!table.has_addends) {
    const Bytes content = partial.sections()[table.section].content;
    if (type.needs_addend || type.field.size == 0 || r.offset > content.size() ||
        type.field.size > content.size() - r.offset) {
      return std::nullopt;
    }
    addend = type.field.decode(type.field.load(content.data() + r.offset, target.is_big_endian));
  }
  const Section& section = partial.sections()[symbol.section];
  std::uint64_t offset = target.narrow(symbol.value + static_cast<std::uint64_t>(addend));
  if (partial.machine() == EM_ARM && section.is_code()) offset &= ~std::uint64_t{1};
  if (offset > section.size) return std::nullopt;
  return SectionOffset{symbol.section, offset};
}

}  // namespace cbundle
