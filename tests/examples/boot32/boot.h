// What the files of the bundle share, and what they use of the host.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "handover.h"

// Hidden: the compiler then uses PC-relative addresses, and no global offset table, which would
// contain absolute ones.
#pragma GCC visibility push(hidden)

// The host's: imports of the bundle. A bundle has no writable memory of its own.
extern struct boot_options boot_options;
extern struct memory_map boot_memory;
extern uint32_t trampoline_phys;
void early_putc(char character);

// Entry points: exports of the bundle.
enum walk_status walk_boot_info(const struct boot_info* info);
unsigned parse_command_line(const char* line);  // returns how many options it understood
unsigned place_regions(void);                   // returns how many regions found no place
uint32_t find_region(uint32_t size, uint32_t alignment, uint32_t limit);  // 0: there is none
uint32_t crc32(const void* bytes, uint32_t size);
const char* name_of_memory(uint32_t kind);

// string.c
void* memcpy(void* to, const void* from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* to, int byte, size_t size);
size_t strlen(const char* text);
int strcmp(const char* a, const char* b);
int strncmp(const char* a, const char* b, size_t most);
bool copy_text(char* to, size_t room, const char* from);  // false: it did not fit, and was cut
bool read_number(const char** text, uint64_t* value);     // 12, 0x1f, 017; moves `text` on
bool read_size(const char** text, uint64_t* value);       // the same with K, M, G or T

// print.c
void early_print(const char* format, ...);

#pragma GCC visibility pop
