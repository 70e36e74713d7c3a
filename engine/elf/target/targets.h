// Every machine there is, by name; each is defined in a file of its own beside this one.
#pragma once

#include "engine/elf/target.h"

namespace cbundle::target {

// The same type in the emitted object, for machines that carry their own code: what refers to the
// GOT or GP, or has no field, cannot be carried.
std::optional<NativeRelocation> carry_as_is(const RelocationType& type, std::int64_t addend,
                                            const FieldPlace& place);

extern const Target i386;  // 32-bit code, carried by an x86-64 object
extern const Target x86_64;
extern const Target arm;  // and Thumb-2, which the same objects may hold
extern const Target aarch64;
extern const Target riscv64;
extern const Target riscv32;
extern const Target mips;      // o32, big-endian
extern const Target mipsel;    // o32, little-endian
extern const Target mips64;    // n64, big-endian
extern const Target mips64el;  // n64, little-endian

}  // namespace cbundle::target
