/* Moves a self-relocating bundle: include this in the host's C code.
 *
 * `cbundle build --mode selfreloc --prefix NAME` emits, beside the bundle, a table of the fields
 * in it that contain addresses: NAME_fixups up to NAME_fixups_end. Each entry says where the field
 * is, how it contains an address, and which address that was when the host was linked. Copy the
 * bundle, then apply:
 *
 *   extern const char NAME_start[], NAME_end[];
 *   extern const struct cbundle_fixup NAME_fixups[], NAME_fixups_end[];
 *
 *   memcpy(to, NAME_start, NAME_end - NAME_start);
 *   cbundle_apply(to, (uintptr_t)to - (uintptr_t)NAME_start, NAME_fixups, NAME_fixups_end);
 *
 * `to` must be as aligned as the bundle's section. If the instruction cache is not coherent with
 * memory, synchronize it as after writing any other code. Everything that the bundle refers to is
 * assumed to move by the same distance: the bundle itself, and imports whose addresses it contains.
 * No library is needed.
 */
#ifndef CBUNDLE_FIXUPS_H
#define CBUNDLE_FIXUPS_H

#include <stdint.h>

/* As wide as a word of the host's object: 16 bytes for 64-bit hosts, 12 for 32-bit ones. */
struct cbundle_fixup {
  uint32_t offset; /* of the field, from the bundle's start, in bytes */
  uint32_t kind;   /* how the field contains its value: below */
  uintptr_t value; /* the address that the field refers to where the bundle was linked */
};

enum {
  CBUNDLE_WORD32 = 1,       /* the low 32 bits */
  CBUNDLE_WORD64 = 2,       /* all 64 bits */
  CBUNDLE_MIPS_26 = 3,      /* a jump: bits 27 to 2; it stays within its 256 MiB */
  CBUNDLE_MIPS_HI16 = 4,    /* bits 31 to 16, rounded for the signed halves below */
  CBUNDLE_MIPS_LO16 = 5,    /* bits 15 to 0 */
  CBUNDLE_MIPS_HIGHER = 6,  /* bits 47 to 32, rounded */
  CBUNDLE_MIPS_HIGHEST = 7, /* bits 63 to 48, rounded */
  CBUNDLE_ARM_MOVW = 8,     /* bits 15 to 0 of an A32 instruction's 4 + 12 */
  CBUNDLE_ARM_MOVT = 9,     /* bits 31 to 16 likewise */
  CBUNDLE_THUMB_MOVW = 10,  /* bits 15 to 0 of a T32 instruction's 4 + 1 + 3 + 8 */
  CBUNDLE_THUMB_MOVT = 11,  /* bits 31 to 16 likewise */
};

/* Fields are read and written byte by byte: they need not be aligned. */
static inline uint32_t cbundle_load(const unsigned char* field, unsigned size) {
  uint32_t word = 0;
  unsigned i;

  for (i = 0; i < size; i++) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = word << 8 | field[i];
#else
    word = word << 8 | field[size - 1 - i];
#endif
  }
  return word;
}

static inline void cbundle_store(unsigned char* field, uint32_t word, unsigned size) {
  unsigned i;

  for (i = 0; i < size; i++) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    field[size - 1 - i] = (unsigned char)(word >> (8 * i));
#else
    field[i] = (unsigned char)(word >> (8 * i));
#endif
  }
}

/* Two halves: a 64-bit shift by a variable would want a library on some 32-bit machines. */
static inline void cbundle_store64(unsigned char* field, uint64_t value) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  cbundle_store(field, (uint32_t)(value >> 32), 4);
  cbundle_store(field + 4, (uint32_t)value, 4);
#else
  cbundle_store(field, (uint32_t)value, 4);
  cbundle_store(field + 4, (uint32_t)(value >> 32), 4);
#endif
}

/* Puts the bits of `value` that `mask` names into an instruction of 32 bits. */
static inline void cbundle_patch(unsigned char* field, uint32_t mask, uint32_t value) {
  cbundle_store(field, (cbundle_load(field, 4) & ~mask) | (value & mask), 4);
}

/* T32 instructions of 32 bits are two halves, the first one first whatever the byte order. */
static inline void cbundle_patch_thumb(unsigned char* field, uint32_t half) {
  uint32_t first = (cbundle_load(field, 2) & 0xfbf0) | half >> 12 | (half & 0x800) >> 1;
  uint32_t second = (cbundle_load(field + 2, 2) & 0x8f00) | (half & 0x700) << 4 | (half & 0xff);

  cbundle_store(field, first, 2);
  cbundle_store(field + 2, second, 2);
}

/* Makes one field refer to `value`. Returns 0, or -1 for a kind that is newer than this header. */
static inline int cbundle_fix(unsigned char* field, uint32_t kind, uint64_t value) {
  uint32_t low = (uint32_t)value;
  uint64_t upper = value + 0x80008000u; /* what the two signed halves below subtract */

  switch (kind) {
    case CBUNDLE_WORD32: cbundle_store(field, low, 4); break;
    case CBUNDLE_WORD64: cbundle_store64(field, value); break;
    case CBUNDLE_MIPS_26: cbundle_patch(field, 0x3ffffff, low >> 2); break;
    case CBUNDLE_MIPS_HI16: cbundle_patch(field, 0xffff, (low + 0x8000) >> 16); break;
    case CBUNDLE_MIPS_LO16: cbundle_patch(field, 0xffff, low); break;
    case CBUNDLE_MIPS_HIGHER: cbundle_patch(field, 0xffff, (uint32_t)(upper >> 32)); break;
    case CBUNDLE_MIPS_HIGHEST:
      cbundle_patch(field, 0xffff, ((uint32_t)(upper >> 32) + 0x8000) >> 16);
      break;
    case CBUNDLE_ARM_MOVW:
      cbundle_patch(field, 0xf0fff, (low & 0xf000) << 4 | (low & 0xfff));
      break;
    case CBUNDLE_ARM_MOVT:
      cbundle_patch(field, 0xf0fff, (low >> 12 & 0xf0000) | (low >> 16 & 0xfff));
      break;
    case CBUNDLE_THUMB_MOVW: cbundle_patch_thumb(field, low & 0xffff); break;
    case CBUNDLE_THUMB_MOVT: cbundle_patch_thumb(field, low >> 16); break;
    default: return -1;
  }
  return 0;
}

/* The bundle at `bundle` was moved by `distance` from where it was linked. Returns 0, or -1 where
   the table has a kind that is newer than this header: then the copy must not be run. */
static inline int cbundle_apply(void* bundle, uintptr_t distance, const struct cbundle_fixup* fixup,
                                const struct cbundle_fixup* end) {
  for (; fixup != end; fixup++) {
    unsigned char* field = (unsigned char*)bundle + fixup->offset;

    if (cbundle_fix(field, fixup->kind, (uintptr_t)(fixup->value + distance)) != 0) return -1;
  }
  return 0;
}

#endif
