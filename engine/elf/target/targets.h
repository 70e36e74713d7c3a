// All targets; each is defined in a file of its own in this directory.
#pragma once

#include "engine/elf/target.h"

namespace cbundle::target {

// The same type, for machines whose objects are emitted for themselves; nothing for types that
// refer to the GOT or GP, or have no field.
std::optional<PassthroughRelocation> passthrough_unchanged(const RelocationType& type,
                                                           std::int64_t addend,
                                                           const FieldPosition& position);

// The addend of a PC-relative relocation in place of a GOT-relative one: S + A - GOT is
// S + (A + P - GOT) - P, and P - GOT is the same at every address.
inline std::int64_t pc_relative_addend(std::int64_t addend, const FieldPosition& position) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(addend) + position.offset -
                                   position.got);
}

extern const Target i386;  // emitted as an x86-64 object
extern const Target x86_64;
extern const Target arm;  // with Thumb-2, which the same objects can contain
extern const Target aarch64;
extern const Target riscv64;
extern const Target riscv32;
extern const Target mips;      // o32, big-endian
extern const Target mipsel;    // o32, little-endian
extern const Target mips64;    // n64, big-endian
extern const Target mips64el;  // n64, little-endian

}  // namespace cbundle::target
