// What differs between machines: relocations, granule, linker, and the emitted object. Each machine
// is one file in target/; the code that reads these tables is common to all.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/elf/elf_file.h"
#include "engine/elf/field.h"

namespace cbundle {

// A relocation's value, from S (symbol), A (addend), P (place), and the addresses GOT and GP.
// page(x) rounds down to 4 KB; half(x) rounds to the nearest 64 KB, the reach of MIPS loads.
enum class Formula : std::uint8_t {
  none,           // a hint; changes no byte
  absolute,       // S + A
  relative,       // S + A - P
  page_relative,  // page(S + A) - page(P)
  page_offset,    // S + A - page(S + A)
  half_offset,    // S + A - half(S + A)
  got_relative,   // S + A - GOT
  got_address,    // GOT + A - P
  got_entry,      // the address of S's slot in the GOT, in any form: bundles have no slots
  gp_got_entry,   // the address of S's slot in the GOT, less GP: MIPS bundles have slots
  gp_relative,    // S + A - GP
  gp_sub,         // GP - S - A
  gp_distance,    // GP + A - P
  pcrel_lo,       // the value of the record at address S
  plus,           // S + A, added to the other records of the same place
  minus,          // -(S + A), likewise
  thread_local_,  // an offset into thread-local storage
};

// How a host updates a field when it moves a self-relocating bundle; documented for hosts in
// client/integration/cbundle_fixups.h.
enum class FixupKind : std::uint32_t {
  none,
  word32,
  word64,
  mips_26,
  mips_hi16,
  mips_lo16,
  mips_higher,
  mips_highest,
  arm_movw,
  arm_movt,
  thumb_movw,
  thumb_movt,
};

struct RelocationType {
  std::uint32_t number = 0;  // MIPS n64: up to three types, the first in the low byte
  std::string_view name;     // "R_386_GOTOFF"
  Formula formula = Formula::none;
  Field field;
  FixupKind fixup = FixupKind::none;    // none: an address in this field cannot be fixed up
  bool is_branch = false;               // the lowest bit of a function's address is its state
  bool needs_addend = false;            // REL: the field does not contain the whole addend
  std::string_view import_hint = {};    // not empty: imports are not supported, do this instead
  std::string_view mismatch_hint = {};  // what to do if the field has another value
};

// A relocation of a linked layout.
struct DecodedRelocation {
  const RelocationType* type = nullptr;  // null: unknown to the target
  std::optional<std::int64_t> addend;    // nothing: to be computed from the field
};

// One section of a linked layout, for a machine's interpret().
struct LinkedSection {
  const ElfFile& elf;
  const Relocations& table;
  std::uint64_t address = 0;
  Bytes content;
  std::uint64_t gp = 0;

  const Symbol& symbol(const Relocation& r) const { return elf.symbols()[r.symbol]; }
  // 0 for a field that is not entirely in the section.
  std::uint64_t word(const Relocation& r, const Field& field) const;
};

// A relocation of an import that is passed through to the emitted object.
struct PassthroughRelocation {
  std::uint32_t type = 0;
  std::int64_t addend = 0;
};

// Offsets from the image's start, for addends that depend on them.
struct FieldPosition {
  std::uint64_t offset = 0;  // of the field
  std::uint64_t got = 0;     // of the GOT
};

struct Target {
  std::string_view name;  // "i386"
  std::uint16_t machine;  // EM_* of the inputs
  bool is_64;
  bool is_big_endian;
  std::string_view emulation;                 // ld -m
  std::span<const std::string_view> linkers;  // names to look for in PATH, best first
  std::span<const RelocationType> types;      // in any order
  // Sets the types and addends that follow from the instructions or from neighbouring records.
  // Null: none do.
  void (*interpret)(const LinkedSection& section, std::span<DecodedRelocation> decoded) = nullptr;
  bool includes_got = false;         // the GOT is part of the bundle, and its words are fixed up
  bool has_mapping_symbols = false;  // $a, $t, $d, $x mark code and data
  std::uint16_t output_machine;      // EM_* of the emitted object
  bool output_is_64;
  bool output_has_addends = true;  // RELA; otherwise the fields contain the addends
  std::uint32_t output_word;       // the emitted machine's relocation of an absolute word
  // The relocation of the emitted object for `type` with `addend`; nothing if there is none.
  std::optional<PassthroughRelocation> (*passthrough)(const RelocationType& type,
                                                      std::int64_t addend,
                                                      const FieldPosition& position);

  unsigned word_size() const { return is_64 ? 8 : 4; }
  unsigned output_word_size() const { return output_is_64 ? 8 : 4; }
  // Addresses of 32-bit machines wrap at 32 bits.
  std::uint64_t narrow(std::uint64_t value) const { return is_64 ? value : value & 0xffff'ffff; }
};

// The target of these inputs, or null.
const Target* target_for(std::uint16_t machine, bool is_64, bool is_big_endian);
const Target* target_named(std::string_view name);
std::span<const Target* const> all_targets();

// The target whose relocations the emitted object has: x86-64 for i386 code.
const Target& emitted_machine(const Target& target);

// The type of this number, or null.
const RelocationType* type_of(const Target& target, std::uint32_t number);

// The same, for many lookups.
class RelocationTypes {
 public:
  explicit RelocationTypes(const Target& target);
  const RelocationType* find(std::uint32_t number) const {
    return number < dense_.size() ? dense_[number] : type_of(target_, number);
  }

 private:
  const Target& target_;
  std::vector<const RelocationType*> dense_;  // by number
};

// The largest address alignment that the records' formulas depend on; at least 16. The bundle can
// move only by multiples of it. Bytes.
std::uint64_t granule_of(const Target& target, const ElfFile& partial);

// For messages: "AArch64"; "machine 1234" if unknown.
std::string machine_name(std::uint16_t machine, bool is_64);

}  // namespace cbundle
