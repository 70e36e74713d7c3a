/* The layout of boot32: a template that the C preprocessor turns into two linker scripts.
 *
 * The two differ in the address that they are linked for, which is not given here, and in
 * CBUNDLE_LAYOUT, which is 0 for the first and 1 for the second. `make SCRIPT=boot32.lds.S` uses
 * this template instead of the built-in one.
 */
#define ROOM 0x8000

SECTIONS
{
  .boot32 : {
    *(.text .text.*)
    *(.rodata .rodata.*)
  }
}

#if CBUNDLE_LAYOUT == 1
/* Once is enough. */
ASSERT(SIZEOF(.boot32) <= ROOM, "boot32 has outgrown the room that the host keeps for it")
#endif
