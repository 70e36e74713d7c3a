/* Moves a self-relocating bundle: include this in the host's C code.
 *
 * `cbundle build --mode selfreloc --prefix NAME` emits, beside the bundle, a table of the fields
 * in it that hold addresses: NAME_fixups up to NAME_fixups_end. Each entry says where the field
 * is, how wide it is, and what it held when the host was linked. Copy the bundle, then apply:
 *
 *   extern const char NAME_start[], NAME_end[];
 *   extern const struct cbundle_fixup NAME_fixups[], NAME_fixups_end[];
 *
 *   memcpy(to, NAME_start, NAME_end - NAME_start);
 *   cbundle_apply(to, (uintptr_t)to - (uintptr_t)NAME_start, NAME_fixups, NAME_fixups_end);
 *
 * `to` must be as aligned as the bundle's section. All that the bundle refers to is taken to move
 * by the same distance: the bundle itself, and imports whose addresses it holds. Needs no library.
 */
#ifndef CBUNDLE_FIXUPS_H
#define CBUNDLE_FIXUPS_H

#include <stdint.h>

/* As wide as a word of the host's object: 16 bytes for 64-bit hosts, 12 for 32-bit ones. */
struct cbundle_fixup {
  uint32_t offset; /* of the field, from the bundle's start, in bytes */
  uint32_t kind;   /* how the field holds its value: below */
  uintptr_t value; /* the address that it holds where the bundle was linked */
};

enum {
  CBUNDLE_WORD32 = 1, /* the low 32 bits */
  CBUNDLE_WORD64 = 2, /* all 64 bits */
};

/* Puts a value into a field byte by byte: it need not be aligned. */
static inline void cbundle_store(unsigned char* field, uint64_t value, unsigned size) {
  unsigned i;

  for (i = 0; i < size; i++) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    field[size - 1 - i] = (unsigned char)(value >> (8 * i));
#else
    field[i] = (unsigned char)(value >> (8 * i));
#endif
  }
}

/* The bundle at `bundle` was moved by `distance` from where it was linked. */
static inline void cbundle_apply(void* bundle, uintptr_t distance,
                                 const struct cbundle_fixup* fixup,
                                 const struct cbundle_fixup* end) {
  for (; fixup != end; fixup++) {
    unsigned char* field = (unsigned char*)bundle + fixup->offset;

    cbundle_store(field, (uint64_t)(fixup->value + distance),
                  fixup->kind == CBUNDLE_WORD64 ? 8 : 4);
  }
}

#endif
