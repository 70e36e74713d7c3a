// Creates boot information like a boot loader.
#include "boot_block.h"

#include <string.h>

static _Alignas(8) char block[2048];
static uint32_t used;

// Appends a tag with `size` bytes of body, zeroed, and returns it.
static void* append(uint32_t type, uint32_t size) {
  struct boot_tag* tag = (struct boot_tag*)(block + used);

  *tag = (struct boot_tag){.type = type, .size = (uint32_t)sizeof(*tag) + size};
  used += (tag->size + 7) & ~7u;
  return tag;
}

static void append_text(uint32_t type, const char* text) {
  struct text_tag* tag = append(type, (uint32_t)strlen(text) + 1);

  strcpy(tag->text, text);
}

static void append_module(uint32_t start, uint32_t size, const char* name) {
  struct module_tag* tag = append(tag_module, 8 + (uint32_t)strlen(name) + 1);

  tag->start = start;
  tag->end = start + size;
  strcpy(tag->name, name);
}

static void append_memory_map(void) {
  static const struct memory_entry entries[] = {
      {0x00000000, 0x0009fc00, memory_usable, 0},
      {0x0009fc00, 0x00000400, memory_reserved, 0},
      {0x000f0000, 0x00010000, memory_reserved, 0},
      {0x00100000, 0x3fef0000, memory_usable, 0},
      {0x3fee0000, 0x00010000, memory_acpi, 0},  // overlaps the entry before it
      {0x3fff0000, 0x00010000, memory_acpi_nvs, 0},
      {0x20000000, 0x00001000, memory_bad, 0},  // out of order
      {0x100000000, 0x80000000, memory_usable, 0},
      {0xfec00000, 0x01400000, memory_reserved, 0},
  };
  struct memory_map_tag* tag = append(tag_memory_map, 8 + sizeof(entries));

  tag->entry_size = sizeof(entries[0]);
  memcpy(tag->entries, entries, sizeof(entries));
}

static void append_framebuffer(void) {
  struct framebuffer_tag* tag = append(tag_framebuffer, 24);

  tag->address = 0xfd000000;
  tag->pitch = 1024 * 4;
  tag->width = 1024;
  tag->height = 768;
  tag->depth = 32;
}

struct boot_info* make_boot_info(const char* command_line) {
  struct boot_info* info = (struct boot_info*)block;
  struct basic_memory_tag* basic;

  used = sizeof(*info);
  append_text(tag_command_line, command_line);
  append_text(tag_loader_name, "a loader that never was");
  basic = append(tag_basic_memory, 8);
  basic->lower_kib = 639;
  basic->upper_kib = 1047552;
  append_module(0x01000000, 0x00480000, "kernel");
  append_module(0x3f800000, 0x00700000, "initrd");
  append_memory_map();
  append_framebuffer();
  append(15, 36);  // ACPI's root pointer: a tag that nobody here reads
  append(tag_end, 0);
  info->size = used;
  return info;
}

const char* command_line_of(const struct boot_info* info) {
  const char* at = (const char*)(info + 1);
  const struct boot_tag* tag;

  for (tag = (const void*)at; tag->type != tag_end; tag = (const void*)at) {
    if (tag->type == tag_command_line) return ((const struct text_tag*)tag)->text;
    at += (tag->size + 7) & ~7u;
  }
  return "";
}
