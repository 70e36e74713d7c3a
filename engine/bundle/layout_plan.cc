#include "engine/bundle/layout_plan.h"

#include <algorithm>
#include <charconv>

#include "engine/elf/object_writer.h"

namespace cbundle {
namespace {

constexpr std::string_view import_prefix = ".cbundle.import.";
constexpr std::uint64_t import_size = 16;
constexpr std::uint64_t page = 0x1000;
constexpr std::uint64_t first_base = 0x100000;
// All are multiples of 32, and B's offsets are off by 16: so no import moves as the bundle does.
constexpr std::uint64_t step_a = page + 0x20;
constexpr std::uint64_t step_b = page + 0x140;
constexpr std::uint64_t step_c = page + 0x260;
constexpr std::uint64_t off_b = 0x10;

std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

}  // namespace

// C's distance has the bits that B's has not, except the sign, which linkers for MIPS extend.
std::uint64_t LayoutPlan::base_of(Layout layout) const {
  switch (layout) {
    case Layout::a: return base;
    case Layout::b: return base + distance;
    case Layout::c: return base + (distance >> 1 & ~(granule - 1));
  }
  return base;
}

std::uint64_t LayoutPlan::import_offset(Layout layout, std::size_t index, std::size_t count) {
  switch (layout) {
    case Layout::a: return step_a * (index + 1);
    case Layout::b: return step_b * (count - index) + off_b;
    case Layout::c: return step_c * ((index + count / 2) % count + 1);
  }
  return 0;
}

Error too_large() {
  return {ErrorKind::bad_input, "the bundle is larger than 1 GB",
          "leave large arrays to the host, and declare them as imports"};
}

LayoutPlan plan_layouts(const ElfFile& partial, const Target& target, std::uint64_t alignment) {
  LayoutPlan plan;
  plan.granule = std::max(granule_of(target, partial), alignment);
  for (const Section& s : partial.sections()) {
    if (!s.is_allocated()) continue;
    plan.granule = std::max(plan.granule, s.alignment);
    plan.reach += s.size + s.alignment;
  }
  plan.reach = align_up(plan.reach + 4 * page, page);  // room for a GOT
  plan.base = align_up(first_base, plan.granule);
  // In any window of two or more bits above the granule this has a 0 and a 1, so an absolute
  // field moves by it or by one more, neither of which is 0: no absolute field stays equal.
  const std::uint64_t alternating = target.is_64 ? 0x5555'5555'5555'5555 : 0x5555'5555;
  plan.distance = alternating & ~(plan.granule - 1);
  return plan;
}

std::string import_section(std::size_t index) {
  return std::string(import_prefix) + std::to_string(index);
}

bool is_named_as_import(const Section& section) { return section.name.starts_with(import_prefix); }

bool is_import(const Section& section) {
  return import_in_section(section.name) && section.type == SHT_NOBITS &&
         section.size == import_size;
}

std::optional<std::uint32_t> import_in_section(std::string_view name) {
  if (!name.starts_with(import_prefix)) return std::nullopt;
  name.remove_prefix(import_prefix.size());
  std::uint32_t index = 0;
  const auto end = std::from_chars(name.data(), name.data() + name.size(), index);
  if (end.ec != std::errc() || end.ptr != name.data() + name.size()) return std::nullopt;
  return index;
}

std::string import_stub(const Target& target, std::uint32_t elf_flags,
                        std::span<const Import> imports) {
  ObjectWriter object({target.machine, target.is_64, target.is_big_endian, elf_flags});
  for (std::size_t i = 0; i < imports.size(); ++i) {
    const bool is_code = imports[i].kind != ImportKind::data;
    const auto section = object.section(
        {.name = import_section(i),
         .type = SHT_NOBITS,
         .flags = static_cast<std::uint64_t>(SHF_ALLOC) | (is_code ? SHF_EXECINSTR : SHF_WRITE),
         .alignment = 16,
         .size = import_size});
    const std::uint64_t thumb_bit = imports[i].kind == ImportKind::thumb ? 1 : 0;
    object.symbol({.name = imports[i].name,
                   .value = thumb_bit,
                   .size = 0,
                   .binding = STB_GLOBAL,
                   .type = static_cast<std::uint8_t>(is_code ? STT_FUNC : STT_OBJECT),
                   .visibility = STV_HIDDEN,
                   .section = section});
  }
  object.section({.name = ".note.GNU-stack", .type = SHT_PROGBITS});
  return object.finish();
}

}  // namespace cbundle
