// What differs between machines: relocations, granule, linker, and how a bundle for one is
// carried. Each machine is one file under target/; all that reads these tables is common to all.
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

// How a record's value follows from S (symbol), A (addend), P (place), and the addresses GOT and
// GP. page(x) rounds down to 4 KB; half(x) rounds to the nearest 64 KB, as MIPS reaches from GP.
enum class Formula : std::uint8_t {
  none,           // a hint; changes no byte
  absolute,       // S + A
  relative,       // S + A - P
  page_relative,  // page(S + A) - page(P)
  page_offset,    // S + A - page(S + A)
  half_offset,    // S + A - half(S + A)
  got_relative,   // S + A - GOT
  got_address,    // GOT + A - P
  got_slot,       // the address of S's slot in the GOT, in some form: no bundle has slots
  gp_slot,        // the address of S's slot in the GOT, less GP: MIPS bundles do have slots
  gp_relative,    // S + A - GP
  gp_negative,    // GP - S - A
  gp_distance,    // GP + A - P
  site_value,     // the value of the record at address S
  plus,           // S + A, summed up with the other records of the same place
  minus,          // -(S + A), likewise
  thread_local_,  // an offset into thread-local storage
};

// What a host does to a field when it moves a self-relocating bundle; documented for hosts in
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
  FixupKind fixup = FixupKind::none;  // none: an address in such a field cannot be fixed up
  bool is_branch = false;     // a function's lowest bit is the state it runs in, not a distance
  bool needs_addend = false;  // it has none of its own, and its field alone does not tell it
  std::string_view import_hint = {};    // not empty: no import can be referred to, but do this
  std::string_view mismatch_hint = {};  // what to do where the field holds something else
};

// What a record of a linked layout means.
struct DecodedRelocation {
  const RelocationType* type = nullptr;  // null: the target does not know it
  std::optional<std::int64_t> addend;    // nothing yet: it follows from the field
};

// One section of a linked layout, as a machine's own rules need it.
struct LinkedSection {
  const ElfFile& elf;
  const Relocations& table;
  std::uint64_t address = 0;
  Bytes content;
  std::uint64_t gp = 0;

  const Symbol& symbol(const Relocation& r) const { return elf.symbols()[r.symbol]; }
  // 0 for a field that is not wholly in the section.
  std::uint64_t word(const Relocation& r, const Field& field) const;
};

// A record of the emitted object.
struct NativeRelocation {
  std::uint32_t type = 0;
  std::int64_t addend = 0;
};

// Where a field is, for those outputs whose addend depends on it.
struct FieldPlace {
  std::uint64_t offset = 0;  // of the field in the image
  std::uint64_t got = 0;     // of the GOT, as an offset from the image's start
};

struct Target {
  std::string_view name;  // "i386"
  std::uint16_t machine;  // EM_* of the inputs
  bool is_64;
  bool is_big_endian;
  std::uint64_t granule;                           // bundles move by multiples of it, bytes
  std::string_view emulation;                      // ld -m
  std::span<const std::string_view> linker_flags;  // for layout links
  std::span<const std::string_view> linkers;       // names to look for on PATH, best first
  std::span<const RelocationType> types;           // in no order
  // What the instructions at the records, or their neighbours, say beyond the records: other
  // types, and addends. Null: nothing.
  void (*interpret)(const LinkedSection& section, std::span<DecodedRelocation> decoded) = nullptr;
  bool keeps_got = false;            // its GOT is part of the bundle, and its words are fixed up
  bool has_mapping_symbols = false;  // $a, $t, $d, $x tell code from data
  std::uint16_t output_machine;      // EM_* of the emitted object
  bool output_is_64;
  bool output_has_addends = true;  // RELA; otherwise addends are kept in the fields
  std::uint32_t output_word;       // the emitted machine's relocation for one absolute word
  // How `type` with `addend` is written into the emitted object; none: it cannot be.
  std::optional<NativeRelocation> (*carry)(const RelocationType& type, std::int64_t addend,
                                           const FieldPlace& place);

  unsigned word_size() const { return is_64 ? 8 : 4; }
  unsigned output_word_size() const { return output_is_64 ? 8 : 4; }
  // Addresses of 32-bit machines wrap at 32 bits.
  std::uint64_t narrow(std::uint64_t value) const { return is_64 ? value : value & 0xffff'ffff; }
};

// The target of these inputs; null where there is none.
const Target* target_for(std::uint16_t machine, bool is_64, bool is_big_endian);
const Target* target_named(std::string_view name);
std::span<const Target* const> all_targets();

// The machine of the emitted object, whose relocations it has: for i386 code it is x86-64.
const Target& emitted_machine(const Target& target);

// "R_386_PC32", the type's own entry; null where the target does not know the number.
const RelocationType* type_of(const Target& target, std::uint32_t number);

// The same for many look-ups.
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

// The address alignment that the records' formulas reckon with, so that a bundle moves by
// multiples of it alone; at least the target's granule. Bytes.
std::uint64_t granule_of(const Target& target, const ElfFile& partial);

// "AArch64", for a person; "machine 1234" for one we do not know.
std::string machine_name(std::uint16_t machine, bool is_64);

}  // namespace cbundle
