// The addresses of the bundle and of its imports in each layout.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/bundle/spec.h"
#include "engine/elf/elf_file.h"
#include "engine/elf/target.h"

namespace cbundle {

struct LayoutPlan {
  std::uint64_t granule = 0;   // bundles move by multiples of it: a power of two
  std::uint64_t base = 0;      // of layout A
  std::uint64_t distance = 0;  // from A to B: ...0101 in every bit above the granule's
  std::uint64_t reach = 0;     // upper bound of the bundle's size, bytes

  std::uint64_t base_of(Layout layout) const;

  // Bytes from the bundle to import `index` of `count`: a multiple of 16, on a page of its own,
  // near enough for every branch. Each layout has another order (B the opposite of A), so that each
  // import moves by a distance that nothing else has.
  static std::uint64_t import_offset(Layout layout, std::size_t index, std::size_t count);
};

// Bytes. A bundle is built in memory with its zeros, and a fixup has 32 bits for its offset.
inline constexpr std::uint64_t max_bundle = std::uint64_t{1} << 30;
Error too_large();

// `alignment` is the largest that the script asks for.
LayoutPlan plan_layouts(const ElfFile& partial, const Target& target, std::uint64_t alignment);

// ".cbundle.import.3": the stub object's section, and output section, of an import.
std::string import_section(std::size_t index);

// Whether a section of a layout has such a name, and whether it is an import's: a user's script may
// have given the name to something else.
bool is_named_as_import(const Section& section);
bool is_import(const Section& section);

// The index in such a name; nothing for any other.
std::optional<std::uint32_t> import_in_section(std::string_view name);

// An object that defines each import with its real symbol type, in a section of its own. An
// import assigned in a script would have no type, and ld would then turn a Thumb BL into BLX.
std::string import_stub(const Target& target, std::uint32_t elf_flags,
                        std::span<const Import> imports);

}  // namespace cbundle
