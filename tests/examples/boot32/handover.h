// What the 64-bit host and the 32-bit bundle hand each other.
//
// Both compilers must lay these structures out alike. i386 aligns a uint64_t to 4 bytes and
// x86-64 to 8, so wide members stand at multiples of 8, and the sizes are checked.
#pragma once

#include <stdint.h>

// The boot information, laid out as Multiboot2 does it: a head, then tags that each start at a
// multiple of 8 bytes, the last one of type `tag_end`.
struct boot_info {
  uint32_t size;      // of it all, in bytes
  uint32_t checksum;  // CRC-32 of everything behind this head
};

enum tag_type {
  tag_end = 0,
  tag_command_line = 1,
  tag_loader_name = 2,
  tag_module = 3,
  tag_basic_memory = 4,
  tag_boot_device = 5,
  tag_memory_map = 6,
  tag_framebuffer = 8,
};

struct boot_tag {
  uint32_t type;
  uint32_t size;  // in bytes, this head included, padding excluded
};

struct text_tag {
  struct boot_tag tag;
  char text[];
};

struct module_tag {
  struct boot_tag tag;
  uint32_t start;  // address
  uint32_t end;
  char name[];
};

struct basic_memory_tag {
  struct boot_tag tag;
  uint32_t lower_kib;  // below 1 MB
  uint32_t upper_kib;  // from 1 MB on, up to the first hole
};

struct memory_entry {
  uint64_t start;  // address
  uint64_t size;   // in bytes
  uint32_t type;   // a memory_kind up to `memory_bad`
  uint32_t reserved;
};

struct memory_map_tag {
  struct boot_tag tag;
  uint32_t entry_size;  // may exceed sizeof(struct memory_entry)
  uint32_t version;
  struct memory_entry entries[];
};

struct framebuffer_tag {
  struct boot_tag tag;
  uint64_t address;
  uint32_t pitch;
  uint32_t width;
  uint32_t height;
  uint8_t depth;
  uint8_t kind;
  uint16_t reserved;
};

// What walk_boot_info returns.
enum walk_status {
  walk_done,
  walk_not_aligned,
  walk_bad_checksum,
  walk_broken_tag,
  walk_no_memory
};

enum memory_kind {
  memory_usable = 1,
  memory_reserved = 2,
  memory_acpi = 3,
  memory_acpi_nvs = 4,
  memory_bad = 5,
  memory_module,
  memory_crash_kernel,
  memory_trampoline,
  memory_beyond_limit,
  memory_absent,  // in no range
};

struct memory_range {
  uint64_t start;
  uint64_t end;  // the address behind the last byte
  uint32_t kind;
  uint32_t reserved;
};

enum { memory_ranges_max = 48 };

struct memory_map {
  uint32_t count;
  uint32_t modules;
  struct memory_range ranges[memory_ranges_max];  // sorted, without overlap
};

enum console { console_vga, console_serial, console_none };

struct boot_options {
  uint64_t memory_limit;  // 0: none
  uint64_t crash_size;    // 0: no room for a crash kernel
  uint64_t crash_start;   // 0: anywhere
  uint32_t trampoline_size;
  uint32_t console;
  uint32_t baud;
  uint32_t log_level;
  uint32_t smp;
  uint32_t acpi;
  uint32_t quiet;
  uint16_t width;
  uint16_t height;
  uint16_t depth;
  uint16_t unknown;  // options nobody knows
  uint16_t bad;      // options with a value that makes no sense
  uint16_t reserved;
  char root[32];
};

_Static_assert(sizeof(struct memory_entry) == 24, "both sides must agree");
_Static_assert(sizeof(struct memory_map) == 8 + memory_ranges_max * 24, "both sides must agree");
_Static_assert(sizeof(struct boot_options) == 96, "both sides must agree");
