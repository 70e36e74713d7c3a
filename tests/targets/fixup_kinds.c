/* Checks each kind of fixup of client/integration/cbundle_fixups.h; exits 1 on an error. */
#include <stdio.h>
#include <string.h>

#include "cbundle_fixups.h"

struct row {
  const char* what;
  uint32_t kind;
  unsigned size; /* of the field, in bytes */
  unsigned unit; /* what byte order applies to: 2 for Thumb, else the whole field */
  uint64_t before;
  uint64_t value;
  uint64_t after;
};

/* Thumb instructions are written here as in the manual, the first halfword first. The value of
   the MIPS rows needs a carry in every piece. */
static const struct row rows[] = {
    {"word32", CBUNDLE_WORD32, 4, 4, 0xffffffff, 0x89abcdef, 0x89abcdef},
    {"word64", CBUNDLE_WORD64, 8, 8, 0xffffffff, 0x0123456789abcdef, 0x0123456789abcdef},
    {"jal", CBUNDLE_MIPS_26, 4, 4, 0x0fffffff, 0x00412344, 0x0c1048d1},
    {"lui %hi", CBUNDLE_MIPS_HI16, 4, 4, 0x3c041111, 0x00418123, 0x3c040042},
    {"lui %hi, no carry", CBUNDLE_MIPS_HI16, 4, 4, 0x3c041111, 0x00417fff, 0x3c040041},
    {"addiu %lo", CBUNDLE_MIPS_LO16, 4, 4, 0x24841111, 0x00418123, 0x24848123},
    {"lui %highest", CBUNDLE_MIPS_HIGHEST, 4, 4, 0x3c041111, 0x7fffffff8000, 0x3c040001},
    {"daddiu %higher", CBUNDLE_MIPS_HIGHER, 4, 4, 0x64841111, 0x7fffffff8000, 0x64848000},
    {"daddiu %higher, two carries", CBUNDLE_MIPS_HIGHER, 4, 4, 0x64841111, 0x7fff8000, 0x64840001},
    {"daddiu %hi", CBUNDLE_MIPS_HI16, 4, 4, 0x64841111, 0x7fffffff8000, 0x64840000},
    {"daddiu %lo", CBUNDLE_MIPS_LO16, 4, 4, 0x64841111, 0x7fffffff8000, 0x64848000},
    {"movw r3", CBUNDLE_ARM_MOVW, 4, 4, 0xe30f3fff, 0x1234abcd, 0xe30a3bcd},
    {"movt r3", CBUNDLE_ARM_MOVT, 4, 4, 0xe34f3fff, 0xabcd1234, 0xe34a3bcd},
    {"movw.w r3", CBUNDLE_THUMB_MOVW, 4, 2, 0xf24f73ff, 0x1234abcd, 0xf64a33cd},
    {"movt.w r3", CBUNDLE_THUMB_MOVT, 4, 2, 0xf6cf73ff, 0x1234abcd, 0xf2c12334},
};

static int big_endian(void) {
  const uint16_t one = 1;
  unsigned char first;

  memcpy(&first, &one, 1);
  return first == 0;
}

static void put(unsigned char* to, const struct row* row, uint64_t word) {
  unsigned i;

  for (i = 0; i < row->size; i++) {
    unsigned unit = i / row->unit * row->unit;
    unsigned in_unit = big_endian() ? i - unit : row->unit - 1 - (i - unit);

    to[i] = (unsigned char)(word >> (8 * (row->size - 1 - unit - in_unit)));
  }
}

/* The field is at an odd address, between bytes that must not change. */
static int wrong(const struct row* row) {
  unsigned char got[16], want[16];
  struct cbundle_fixup fixup = {3, 0, 0};
  const uintptr_t distance = 0x1000;

  memset(got, 0xa5, sizeof got);
  memset(want, 0xa5, sizeof want);
  put(got + 3, row, row->before);
  put(want + 3, row, row->after);
  fixup.kind = row->kind;
  fixup.value = (uintptr_t)row->value - distance;
  if (row->value != (uintptr_t)row->value) return 0; /* no such address on this machine */
  if (cbundle_apply(got, distance, &fixup, &fixup + 1) == 0 && memcmp(got, want, 16) == 0) return 0;
  printf("%s does not become what it should\n", row->what);
  return 1;
}

static int unknown_kind_is_accepted(void) {
  static const struct cbundle_fixup unknown = {0, CBUNDLE_THUMB_MOVT + 1, 0};
  unsigned char field[8] = {0};

  if (cbundle_apply(field, 0, &unknown, &unknown + 1) == -1) return 0;
  printf("a kind that is not known is no error\n");
  return 1;
}

int main(void) {
  int bad = unknown_kind_is_accepted();
  unsigned i;

  for (i = 0; i < sizeof rows / sizeof rows[0]; i++) bad += wrong(&rows[i]);
  return bad != 0;
}
