// The memory map: what the boot information says, and room for what is still to be placed.
#include "boot.h"

const char* name_of_memory(uint32_t kind) {
  // Texts of one length each, not pointers: a table of pointers would hold addresses.
  static const char names[][20] = {
      [memory_usable] = "usable",
      [memory_reserved] = "reserved",
      [memory_acpi] = "ACPI tables",
      [memory_acpi_nvs] = "ACPI non-volatile",
      [memory_bad] = "defective",
      [memory_module] = "a module's",
      [memory_crash_kernel] = "the crash kernel's",
      [memory_trampoline] = "the trampoline's",
      [memory_beyond_limit] = "beyond the limit",
      [memory_absent] = "absent",
  };

  return kind && kind <= memory_absent ? names[kind] : "of an unknown kind";
}

static void remove_ranges(uint32_t at, uint32_t count) {
  struct memory_range* ranges = boot_memory.ranges;

  boot_memory.count -= count;
  memmove(&ranges[at], &ranges[at + count], (boot_memory.count - at) * sizeof(*ranges));
}

static bool insert_range(uint32_t at, uint64_t start, uint64_t end, uint32_t kind) {
  struct memory_range* ranges = boot_memory.ranges;

  if (boot_memory.count == memory_ranges_max) return false;
  memmove(&ranges[at + 1], &ranges[at], (boot_memory.count - at) * sizeof(*ranges));
  boot_memory.count++;
  ranges[at] = (struct memory_range){.start = start, .end = end, .kind = kind};
  return true;
}

// The first range that ends behind `address`.
static uint32_t range_at(uint64_t address) {
  uint32_t at = 0;

  while (at < boot_memory.count && boot_memory.ranges[at].end <= address) at++;
  return at;
}

// Cuts the range that crosses `address` in two. Sets `at` to the first one that starts there or
// behind.
static bool cut_at(uint64_t address, uint32_t* at) {
  struct memory_range* range;

  *at = range_at(address);
  range = &boot_memory.ranges[*at];
  if (*at == boot_memory.count || range->start >= address) return true;
  if (!insert_range(*at, range->start, address, range->kind)) return false;
  boot_memory.ranges[++*at].start = address;
  return true;
}

static void join_with_next(uint32_t at) {
  struct memory_range* range = &boot_memory.ranges[at];

  if (at + 1 >= boot_memory.count || range[0].end != range[1].start) return;
  if (range[0].kind != range[1].kind) return;
  range[0].end = range[1].end;
  remove_ranges(at + 1, 1);
}

// Gives [start, end) a kind, whatever it was before. False where the map is full.
static bool paint(uint64_t start, uint64_t end, uint32_t kind) {
  uint32_t first, behind;

  if (start >= end) return true;
  if (!cut_at(start, &first) || !cut_at(end, &behind)) return false;
  first = range_at(start);
  remove_ranges(first, behind - first);
  if (!insert_range(first, start, end, kind)) return false;
  join_with_next(first);
  if (first) join_with_next(first - 1);
  return true;
}

// What [start, end) is: usable, or the kind of the first piece that is not.
static uint32_t kind_of(uint64_t start, uint64_t end) {
  uint32_t at;

  for (at = range_at(start); start < end; at++) {
    const struct memory_range* range = &boot_memory.ranges[at];

    if (at == boot_memory.count || range->start > start) return memory_absent;
    if (range->kind != memory_usable) return range->kind;
    start = range->end;
  }
  return memory_usable;
}

// Entries of one pass: usable ones first, so that all others win where they overlap.
static bool paint_entries(const struct memory_map_tag* map, bool usable) {
  const char* at = (const char*)map->entries;
  const char* end = (const char*)map + map->tag.size;

  for (; at + sizeof(struct memory_entry) <= end; at += map->entry_size) {
    const struct memory_entry* entry = (const struct memory_entry*)at;
    uint64_t last = entry->start + entry->size;

    if (last < entry->start) last = UINT64_MAX;
    if ((entry->type == memory_usable) == usable && !paint(entry->start, last, entry->type))
      return false;
  }
  return true;
}

static enum walk_status take_memory_map(const struct memory_map_tag* map) {
  if (map->tag.size < sizeof(*map) || map->entry_size < sizeof(struct memory_entry))
    return walk_broken_tag;
  if (!paint_entries(map, true) || !paint_entries(map, false))
    early_print("the memory map has more than %u ranges\n", (uint32_t)memory_ranges_max);
  return walk_done;
}

// A module is no RAM of its own: it is painted over what the map said, in a second walk.
static enum walk_status take_module(const struct module_tag* module) {
  uint32_t kind;

  if (module->tag.size <= sizeof(*module) || module->start >= module->end) return walk_broken_tag;
  early_print("module %s, %z\n", module->name, (uint64_t)(module->end - module->start));
  kind = kind_of(module->start, module->end);
  if (kind != memory_usable)
    early_print("module %s lies in memory that is %s\n", module->name, name_of_memory(kind));
  boot_memory.modules++;
  return paint(module->start, module->end, memory_module) ? walk_done : walk_no_memory;
}

static void take_framebuffer(const struct framebuffer_tag* screen) {
  uint64_t size = (uint64_t)screen->pitch * screen->height;

  early_print("screen %u x %u, %u bits\n", screen->width, screen->height, (uint32_t)screen->depth);
  boot_options.width = (uint16_t)screen->width;
  boot_options.height = (uint16_t)screen->height;
  boot_options.depth = screen->depth;
  if (!paint(screen->address, screen->address + size, memory_reserved))
    early_print("no room to note the screen's memory\n");
}

static enum walk_status take_tag(const struct boot_tag* tag) {
  switch (tag->type) {
    case tag_loader_name:
      early_print("loaded by %s\n", ((const struct text_tag*)tag)->text);
      return walk_done;
    case tag_basic_memory: {
      const struct basic_memory_tag* basic = (const struct basic_memory_tag*)tag;

      early_print("%z low, %z high\n", (uint64_t)basic->lower_kib << 10,
                  (uint64_t)basic->upper_kib << 10);
      return walk_done;
    }
    case tag_memory_map: return take_memory_map((const struct memory_map_tag*)tag);
    case tag_framebuffer: take_framebuffer((const struct framebuffer_tag*)tag); return walk_done;
    case tag_command_line:  // the host's to pass on
    case tag_module:        // has its own walk
    case tag_boot_device: return walk_done;
    default: early_print("tag %u skipped\n", tag->type); return walk_done;
  }
}

// Walks over all tags; `modules` says which of the two walks it is.
static enum walk_status walk_tags(const struct boot_info* info, bool modules) {
  const char* at = (const char*)(info + 1);
  const char* end = (const char*)info + info->size;
  enum walk_status status;

  while (at + sizeof(struct boot_tag) <= end) {
    const struct boot_tag* tag = (const struct boot_tag*)at;

    if (tag->type == tag_end) return walk_done;
    if (tag->size < sizeof(*tag) || tag->size > (uint32_t)(end - at)) break;
    if (!modules)
      status = take_tag(tag);
    else if (tag->type == tag_module)
      status = take_module((const struct module_tag*)tag);
    else
      status = walk_done;
    if (status != walk_done) return status;
    at += (tag->size + 7) & ~7u;
  }
  return walk_broken_tag;
}

enum walk_status walk_boot_info(const struct boot_info* info) {
  enum walk_status status;

  memset(&boot_memory, 0, sizeof(boot_memory));
  if ((uintptr_t)info & 7) return walk_not_aligned;
  if (info->size < sizeof(*info) || crc32(info + 1, info->size - sizeof(*info)) != info->checksum)
    return walk_bad_checksum;
  status = walk_tags(info, false);
  if (status == walk_done) status = walk_tags(info, true);
  if (status == walk_done && !boot_memory.count) status = walk_no_memory;
  return status;
}

uint32_t find_region(uint32_t size, uint32_t alignment, uint32_t limit) {
  uint32_t at = boot_memory.count;

  while (at--) {
    const struct memory_range* range = &boot_memory.ranges[at];
    uint64_t end = range->end < limit ? range->end : limit;
    uint64_t start = (end - size) & ~(uint64_t)(alignment - 1);

    if (range->kind == memory_usable && end >= size && start >= range->start)
      return (uint32_t)start;
  }
  return 0;
}

// Usable memory behind the limit that the user set is left alone.
static void apply_limit(uint64_t limit) {
  uint32_t at;

  for (at = range_at(limit); limit && at < boot_memory.count; at++) {
    struct memory_range range = boot_memory.ranges[at];

    if (range.kind != memory_usable) continue;
    if (range.start < limit) range.start = limit;
    if (!paint(range.start, range.end, memory_beyond_limit)) return;
    at = range_at(range.start);
  }
}

static bool place_crash_kernel(void) {
  uint64_t start = boot_options.crash_start;
  uint64_t size = boot_options.crash_size;
  uint32_t kind = start ? kind_of(start, start + size) : memory_usable;

  if (kind != memory_usable) {
    early_print("no crash kernel at %x: that memory is %s\n", start, name_of_memory(kind));
    start = 0;
  }
  if (!start && size <= UINT32_MAX) start = find_region((uint32_t)size, 1 << 20, UINT32_MAX);
  return start && paint(start, start + size, memory_crash_kernel);
}

unsigned place_regions(void) {
  unsigned missed = 0;

  apply_limit(boot_options.memory_limit);
  trampoline_phys = find_region(boot_options.trampoline_size, 4096, 1 << 20);
  if (!trampoline_phys ||
      !paint(trampoline_phys, trampoline_phys + boot_options.trampoline_size, memory_trampoline))
    missed++;
  if (boot_options.crash_size && !place_crash_kernel()) missed++;
  return missed;
}
