// What differs between machines: relocations, granule, linker, and how a bundle for one is
// carried. Each machine is one file under target/.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/elf/elf_file.h"

namespace cbundle {

// How a record's value follows from S (symbol), A (addend), P (place) and the GOT's address.
enum class Formula : std::uint8_t {
  none,           // a hint; changes no byte
  absolute,       // S + A
  relative,       // S + A - P
  got_relative,   // S + A - GOT
  got_address,    // GOT + A - P
  got_slot,       // the address of S's slot in the GOT, in some form
  thread_local_,  // an offset into thread-local storage
};

// How a value is stored in the bytes at P.
struct Field {
  std::uint8_t size = 0;                                                       // bytes, 1 to 8
  std::uint64_t (*encode)(std::uint64_t value, std::uint64_t word) = nullptr;  // the new word
  std::int64_t (*decode)(std::uint64_t word) = nullptr;  // the value, sign-extended

  // The bits that encode() may change.
  std::uint64_t mask() const;
};

struct RelocationType {
  std::uint32_t number = 0;
  std::string_view name;  // "R_386_GOTOFF"
  Formula formula = Formula::none;
  Field field;
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
  std::uint16_t output_machine;                    // EM_* of the emitted object
  bool output_is_64;
  std::uint32_t output_word;  // the emitted machine's relocation for one absolute word
  // How `type` with `addend` is written into the emitted object; none: it cannot be.
  std::optional<NativeRelocation> (*carry)(const RelocationType& type, std::int64_t addend,
                                           const FieldPlace& place);

  unsigned word_size() const { return is_64 ? 8 : 4; }
  unsigned output_word_size() const { return output_is_64 ? 8 : 4; }
};

// The target of these inputs; null where there is none.
const Target* target_for(std::uint16_t machine, bool is_64, bool is_big_endian);
const Target* target_named(std::string_view name);
std::span<const Target* const> all_targets();

// "R_386_PC32", the type's own entry; null where the target does not know the number.
const RelocationType* type_of(const Target& target, std::uint32_t number);

// "AArch64", for a person; "machine 1234" for one we do not know.
std::string machine_name(std::uint16_t machine, bool is_64);

// Reads and writes `size` bytes as a number in the target's byte order.
std::uint64_t load_word(const std::byte* at, unsigned size, bool big_endian);
void store_word(std::byte* at, unsigned size, bool big_endian, std::uint64_t word);

namespace field {

template <unsigned Bits>
std::uint64_t encode_plain(std::uint64_t value, std::uint64_t) {
  return value & (~std::uint64_t{0} >> (64 - Bits));
}

template <unsigned Bits>
std::int64_t decode_plain(std::uint64_t word) {
  return static_cast<std::int64_t>(word << (64 - Bits)) >> (64 - Bits);
}

// A plain number of so many bits.
template <unsigned Bits>
inline constexpr Field plain{Bits / 8, encode_plain<Bits>, decode_plain<Bits>};

}  // namespace field

}  // namespace cbundle
