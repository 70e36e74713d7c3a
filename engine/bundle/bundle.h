// A bundle: bytes that are proved to run at any address, and what its output forms say about them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/bundle/spec.h"
#include "engine/elf/target.h"

namespace cbundle {

// Bytes that are loaded together. Offsets everywhere count from the first segment's first byte,
// in load addresses.
struct Segment {
  std::uint64_t offset = 0;
  std::string bytes;
};

// A field that the final link fills in, by a relocation of the emitted machine.
struct Reference {
  std::uint64_t offset = 0;
  std::uint32_t type = 0;    // of the emitted machine
  std::uint32_t import = 0;  // index into imports, or internal, or own_label
  std::int64_t addend = 0;   // for `internal` and `own_label`: relative to the bundle's start
  bool operator==(const Reference&) const = default;
};
inline constexpr std::uint32_t internal = ~std::uint32_t{0};
// The same, for a record that needs a symbol at that very offset: it has no addend, or refers to
// the place of another record.
inline constexpr std::uint32_t own_label = internal - 1;

// Marks the start of code in some state, or of data.
struct MappingSymbol {
  std::string name;  // "$t"
  std::uint64_t offset = 0;
};

// A section of ABI attributes for the linker, such as .ARM.attributes.
struct Attributes {
  std::string name;
  std::uint32_t type = 0;   // SHT_*
  std::uint64_t flags = 0;  // SHF_*
  std::uint64_t alignment = 1;
  std::uint64_t entry_size = 0;
  std::string content;
};

struct Fixup {
  std::uint64_t offset = 0;
  FixupKind kind = FixupKind::word64;
  std::uint32_t import = internal;  // whose address the field holds
  std::int64_t addend = 0;          // added to it; for `internal`, to the bundle's start
};

struct Export {
  std::string name;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  // bytes; 0: not known
  std::uint8_t type = 0;   // STT_*
};

struct Bundle {
  std::string target;             // Target::name
  std::uint32_t elf_flags = 0;    // e_flags of the inputs
  std::uint64_t alignment = 16;   // bytes; moves are multiples of it
  std::vector<Segment> segments;  // in order, not touching
  std::vector<std::string> imports;
  std::vector<Reference> references;           // in the order that their records must have
  std::vector<Fixup> fixups;                   // by offset
  std::vector<Export> exports;                 // in the order asked for
  std::vector<MappingSymbol> mapping_symbols;  // by offset
  std::vector<Attributes> attributes;

  std::uint64_t size() const {
    return segments.empty() ? 0 : segments.back().offset + segments.back().bytes.size();
  }
};

// As bytes, for the store; unpack() of anything else is Error{corrupt}.
std::string pack(const Bundle& bundle);
Result<Bundle> unpack_bundle(std::string_view bytes);

}  // namespace cbundle
