// Creates boot information like a boot loader.
#pragma once

#include "handover.h"

// The block of an invented machine with 1 GB; aligned to 8, valid until the program ends.
// `checksum` is that of everything after the head.
struct boot_info* make_boot_info(const char* command_line);

// The text of the command line's tag, or an empty one.
const char* command_line_of(const struct boot_info* info);
