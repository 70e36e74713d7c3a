#include "engine/bundle/output/relink.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/bundle/layout_plan.h"

namespace cbundle {
namespace {

constexpr std::size_t entry_head = 8;  // of a fixup: u32 offset, u32 kind

const std::byte* as_bytes(const std::string& text) {
  return reinterpret_cast<const std::byte*>(text.data());
}
std::byte* as_bytes(std::string& text) { return reinterpret_cast<std::byte*>(text.data()); }

std::uint64_t table_size(const Bundle& bundle, const Target& target) {
  return bundle.fixups.size() * (entry_head + target.output_word_size());
}

std::uint64_t table_offset(const Bundle& bundle, const Target& target) {
  const std::uint64_t word = target.output_word_size();
  return (bundle.size() + word - 1) / word * word;
}

// The field that a fixup of this kind changes; null for a kind that the target does not have.
const Field* field_of(std::uint64_t kind, const Target& target) {
  if (kind == static_cast<std::uint64_t>(FixupKind::none)) return nullptr;
  const auto found = std::ranges::find_if(target.types, [&](const RelocationType& type) {
    return static_cast<std::uint64_t>(type.fixup) == kind;
  });
  return found == target.types.end() ? nullptr : &found->field;
}

// The object's record whose field contains the byte; null where there is none.
const Reference* record_at(const Bundle& bundle, const Target& emitted, std::uint64_t offset) {
  const auto found = std::ranges::find_if(bundle.references, [&](const Reference& r) {
    if (offset - r.offset >= sizeof(std::uint64_t)) return false;
    const RelocationType* type = type_of(emitted, r.type);
    return type != nullptr && offset - r.offset < type->field.size;
  });
  return found == bundle.references.end() ? nullptr : &*found;
}

std::string bytes_text(std::string_view bytes, std::uint64_t begin, std::uint64_t end) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::uint64_t i = begin; i < end; ++i) {
    const auto value = static_cast<unsigned char>(bytes[i]);
    if (i != begin) text += ' ';
    text += digits[value >> 4];
    text += digits[value & 15];
  }
  return text;
}

}  // namespace

LinkAddresses addresses_in(const Image& layout, std::size_t imports) {
  LinkAddresses place;
  if (!layout.sections.empty()) place.base = layout.sections.front().address;
  for (std::size_t i = 0; i < imports; ++i) {
    const Section* section = layout.elf->section_named(import_section(i));
    place.imports.push_back(section == nullptr ? 0 : section->address);
  }
  return place;
}

LinkAddresses moved(const LinkAddresses& place, std::uint64_t distance) {
  LinkAddresses there{place.base + distance, place.imports};
  for (std::uint64_t& import : there.imports) import += distance;
  return there;
}

std::uint64_t loader_distance(const LinkAddresses& place, std::uint64_t granule) {
  return std::uint64_t{0} - (place.base >> 1 & ~(granule - 1));
}

std::uint64_t size_with_fixups(const Bundle& bundle, const Target& target) {
  return table_offset(bundle, target) + table_size(bundle, target);
}

Relinked split(Bytes content, const Bundle& bundle, const Target& target) {
  const std::string_view all = as_text(content);
  Relinked linked{std::string(all.substr(0, bundle.size())), {}};
  const std::uint64_t at = table_offset(bundle, target);
  if (at < all.size()) linked.fixups = all.substr(at, table_size(bundle, target));
  return linked;
}

std::string loaded_bytes(const Image& layout) {
  std::vector<Segment> segments = segments_of(layout);
  return segments.empty() ? std::string() : std::move(segments.front().bytes);
}

bool apply_fixups(Relinked& linked, std::uint64_t distance, const Target& target) {
  const unsigned word = target.output_word_size();
  const bool big = target.is_big_endian;
  const std::size_t entry = entry_head + word;
  for (std::size_t i = 0; i + entry <= linked.fixups.size(); i += entry) {
    const std::byte* at = as_bytes(std::as_const(linked.fixups)) + i;
    const std::uint64_t offset = load_word(at, 4, big);
    const Field* field = field_of(load_word(at + 4, 4, big), target);
    if (field == nullptr || field->size > target.word_size() || offset > linked.bytes.size() ||
        field->size > linked.bytes.size() - offset) {
      return false;
    }
    const std::uint64_t value = load_word(at + entry_head, word, big) + distance;
    std::byte* place = as_bytes(linked.bytes) + offset;
    field->store(place, big, field->encode(value, field->load(place, big)));
  }
  return true;
}

Diagnostics relink_differences(std::string_view found, std::string_view expected,
                               const Bundle& bundle, const Target& target) {
  Diagnostics problems;
  if (found == expected) return problems;
  if (found.size() != expected.size()) {
    problems.push_back({.message = "the linked object has " + std::to_string(found.size()) +
                                   " bytes instead of " + std::to_string(expected.size())});
    return problems;
  }
  const Target& emitted = emitted_machine(target);
  for (std::uint64_t i = 0; i < found.size() && problems.size() < max_shown; ++i) {
    if (found[i] == expected[i]) continue;
    const Reference* record = record_at(bundle, emitted, i);
    const RelocationType* type = record == nullptr ? nullptr : type_of(emitted, record->type);
    const std::uint64_t field_end = type == nullptr ? i + 1 : record->offset + type->field.size;
    const std::uint64_t end = std::min<std::uint64_t>(field_end, found.size());
    Diagnostic problem{.message = "the bytes at " + hex(i) + " are " + bytes_text(found, i, end) +
                                  " instead of " + bytes_text(expected, i, end)};
    if (type != nullptr) {
      problem.relocation = type->name;
      const bool is_import = record->import < bundle.imports.size();
      problem.message += ", in a field that refers to " +
                         (is_import ? quote(bundle.imports[record->import]) : "the bundle itself");
    }
    problems.push_back(std::move(problem));
    i = end - 1;
  }
  return problems;
}

}  // namespace cbundle
