// Every machine there is, by name; each is defined in a file of its own beside this one.
#pragma once

#include "engine/elf/target.h"

namespace cbundle::target {

extern const Target i386;  // 32-bit code, carried by an x86-64 object
extern const Target x86_64;

}  // namespace cbundle::target
