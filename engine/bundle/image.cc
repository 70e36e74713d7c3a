#include "engine/bundle/image.h"

#include <algorithm>
#include <unordered_set>

#include "engine/base/text.h"

namespace cbundle {
namespace {

bool is_got(const Section& s) {
  return s.name == ".got" || s.name == ".got.plt" || s.name == ".cbundle.got";
}

bool is_part(const Section& s, const Target& target) {
  return s.is_allocated() && s.size != 0 && !is_named_as_import(s) &&
         (target.includes_got || !is_got(s));
}

// Linkers make some local.
std::uint64_t address_of(const ElfFile& layout, std::string_view name) {
  const auto found = std::ranges::find(layout.symbols(), name, &Symbol::name);
  return found == layout.symbols().end() ? 0 : found->value;
}

// Makes load addresses offsets from the lowest.
Result<void> set_offsets(Image& image) {
  std::ranges::stable_sort(image.sections, {}, &ImageSection::offset);
  const std::uint64_t base = image.sections.empty() ? 0 : image.sections.front().offset;
  std::uint64_t end = 0;
  std::uint64_t total = 0;
  for (ImageSection& section : image.sections) {
    section.offset -= base;
    if (section.offset < end) {
      const Section& s = image.elf_section(section);
      return Error{ErrorKind::bad_input,
                   "section " + std::string(s.name) + " loads at " + hex(s.load_address) +
                       ", where another section of the bundle already is",
                   "give it a load address of its own with AT(...) in the script"};
    }
    if (section.size > max_bundle - total) return too_large();
    total += section.size;
    end = section.offset + section.size;
  }
  return {};
}

}  // namespace

const ImageSection* Image::find_section(std::uint32_t index) const {
  const auto found = std::ranges::find(sections, index, &ImageSection::index);
  return found == sections.end() ? nullptr : &*found;
}

const ImageSection* Image::section_at(std::uint64_t address) const {
  const ImageSection* ends_here = nullptr;
  for (const ImageSection& section : sections) {
    if (address - section.address < section.size) return &section;
    if (address - section.address == section.size) ends_here = &section;
  }
  return ends_here;
}

const ImageSection* Image::got_section() const {
  const auto found = std::ranges::find_if(
      sections, [&](const ImageSection& section) { return is_got(elf_section(section)); });
  return found == sections.end() ? nullptr : &*found;
}

Result<Image> image_of(const ElfFile& layout, const Target& target) {
  Image image;
  image.elf = &layout;
  std::unordered_set<std::string_view> imports;
  for (const Section& s : layout.sections()) {
    if (is_named_as_import(s) && (!is_import(s) || !imports.insert(s.name).second)) {
      return Error{ErrorKind::bad_input,
                   "section " + std::string(s.name) + " has the name of an import's section",
                   "give it another name in the script"};
    }
    if (!is_part(s, target)) continue;
    image.sections.push_back({layout.index_of(s), s.address, s.load_address, s.size});
  }
  TRY(set_offsets(image));
  image.got = address_of(layout, "_GLOBAL_OFFSET_TABLE_");
  image.gp = address_of(layout, "_gp");
  return image;
}

std::vector<Segment> segments_of(const Image& image) {
  constexpr std::uint64_t max_gap = 65536;
  std::vector<Segment> segments;
  std::uint64_t end = 0;
  for (const ImageSection& section : image.sections) {
    const bool begins = segments.empty() || section.offset - end > max_gap;
    if (begins) segments.push_back({section.offset, {}});
    Segment& segment = segments.back();
    segment.bytes.resize(section.offset - segment.offset);
    segment.bytes += as_text(image.content_of(section));
    end = section.offset + section.size;
    segment.bytes.resize(end - segment.offset);  // zeros for NOBITS
  }
  return segments;
}

}  // namespace cbundle
