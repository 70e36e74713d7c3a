// An ordinary 64-bit program that contains boot32, calls it, and prints its results.
//
// Exit status 77: this machine does not run 32-bit code.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot_block.h"

// What the bundle imports.
struct boot_options boot_options = {
    .trampoline_size = 0x10000,
    .baud = 9600,
    .log_level = 3,
    .smp = 1,
    .acpi = 1,
};
struct memory_map boot_memory;
uint32_t trampoline_phys;

// Where early_putc, in call32.S, writes.
char early_log[4096];
const uint32_t early_log_size = sizeof(early_log) - 1;
uint32_t early_log_used;

// What the bundle exports. All are 32-bit code: to be called through call32 only.
extern const char walk_boot_info[], parse_command_line[], place_regions[], find_region[], crc32[],
    name_of_memory[];

uint32_t call32(const void* function, uint32_t a, uint32_t b, uint32_t c);
extern const char nothing32[];

// The whole program lies below 2 GB, so that an address fits into 32 bits.
static uint32_t address_of(const void* object) { return (uint32_t)(uintptr_t)object; }

static void need_32_bit_code(void) {
  int status;
  pid_t child = fork();

  if (!child) {
    call32(nothing32, 0, 0, 0);
    _exit(0);
  }
  if (child > 0 && waitpid(child, &status, 0) == child && status == 0) return;
  fprintf(stderr, "host: this machine does not run 32-bit code; some sandboxes do not.\n");
  exit(77);
}

// Prints and forgets what the bundle said through early_putc.
static void print_early_log(void) {
  char* line;

  for (line = strtok(early_log, "\n"); line; line = strtok(NULL, "\n")) printf("  | %s\n", line);
  memset(early_log, 0, sizeof(early_log));
  early_log_used = 0;
}

static void walk(const struct boot_info* info) {
  uint32_t status = call32(walk_boot_info, address_of(info), 0, 0);

  printf("boot information: %u bytes, crc32 %08x, status %u\n", info->size, info->checksum, status);
  print_early_log();
  if (status != walk_done) exit(1);
}

static void parse(const char* line) {
  static const char* const consoles[] = {"vga", "serial", "none"};
  const struct boot_options* o = &boot_options;
  uint32_t understood = call32(parse_command_line, address_of(line), 0, 0);

  printf("\ncommand line: %u understood, %u unknown, %u bad\n", understood, o->unknown, o->bad);
  print_early_log();
  printf("  console %s at %u baud, level %u%s, %ux%ux%u\n", consoles[o->console], o->baud,
         o->log_level, o->quiet ? ", quiet" : "", o->width, o->height, o->depth);
  printf("  smp %s, acpi %s, root '%s', at most %lu MiB\n", o->smp ? "on" : "off",
         o->acpi ? "on" : "off", o->root, (unsigned long)(o->memory_limit >> 20));
}

static void place(void) {
  uint32_t missed = call32(place_regions, 0, 0, 0);
  uint32_t large = call32(find_region, 64 << 20, 2 << 20, UINT32_MAX);

  printf("\nplaces: trampoline at %#x, 64 MiB free at %#x, %u missed\n", trampoline_phys, large,
         missed);
  print_early_log();
}

static void print_memory(void) {
  uint64_t usable = 0;
  uint32_t at;

  for (at = 0; at < boot_memory.count; at++) {
    const struct memory_range* range = &boot_memory.ranges[at];
    // The name is a text inside the bundle.
    const char* name = (const char*)(uintptr_t)call32(name_of_memory, range->kind, 0, 0);
    uint64_t size = range->end - range->start;

    printf("  %09lx-%09lx %8lu KiB  %s\n", (unsigned long)range->start, (unsigned long)range->end,
           (unsigned long)(size >> 10), name);
    if (range->kind == memory_usable) usable += size;
  }
  printf("  %lu KiB usable, %u modules\n", (unsigned long)(usable >> 10), boot_memory.modules);
}

int main(int argc, char** argv) {
  const char* line = argc > 1 ? argv[1]
                              : "root=\"LABEL=boot disk\" console=ttyS0,115200 loglevel=warning "
                                "no-smp mem=768M video=1280x1024 crashkernel=64M@16M warp=9 "
                                "acpi=maybe trampoline=32K quiet -- init";
  struct boot_info* info;

  if (strlen(line) > 1024)
    return fprintf(stderr, "host: the command line is longer than 1024 bytes.\n"), 2;
  need_32_bit_code();
  info = make_boot_info(line);
  info->checksum = call32(crc32, address_of(info + 1), info->size - (uint32_t)sizeof(*info), 0);
  walk(info);
  parse(command_line_of(info));
  place();
  print_memory();
  return 0;
}
