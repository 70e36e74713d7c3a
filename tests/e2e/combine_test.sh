#!/usr/bin/env bash
# Makes a bundle by 'cbundle combine' from two layouts that a makefile has linked and extracted.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_32_bit_compiler
cp -r "$CBUNDLE_SOURCE/tests/examples/boot32" "$space/boot32"
cd "$space/boot32"

exports=walk_boot_info,parse_command_line,place_regions,find_region,crc32,name_of_memory
objects="cmdline.o crc32.o memmap.o print.o string.o"
gap=0x10200
text_diff=0x408020

cat >flow.lds.S <<'EOF'
#ifdef APPLY_OFFSET
# define FACTOR 1
# define FRONT GAP
# define START TEXT_DIFF
#else
# define FACTOR 0
# define FRONT 0
# define START
#endif
#define IMPORT(name) name = . + (__LINE__ * FACTOR)

ENTRY(dummy_start)
SECTIONS
{
  .text START : {
    dummy_start = .;
    IMPORT(boot_options);
    IMPORT(boot_memory);
    IMPORT(trampoline_phys);
    IMPORT(early_putc);
    . = . + FRONT;
    *(.text .text.*)
    *(.rodata .rodata.*)
  }
  .data : { *(.data .data.*) *(.bss .bss.*) }
  .got : { *(.got) }
  .got.plt : { *(.got.plt) }
  .plt : { *(.plt .iplt .igot.plt) }
  .rel : { *(.rel.*) }
  /DISCARD/ : { *(.comment .comment.* .note.* .debug_*) }
}
ASSERT(SIZEOF(.data) == 0, "writable data")
EOF

# flow OBJECT...: the steps of such a makefile before the combine.
flow() {
  local each defines="-DGAP=$gap -DTEXT_DIFF=$text_diff"
  ld -m elf_i386 -r -o all.o "$@"
  # shellcheck disable=SC2086
  cpp -P -undef $defines flow.lds.S base.lds
  # shellcheck disable=SC2086
  cpp -P -undef $defines -DAPPLY_OFFSET flow.lds.S offset.lds
  for each in base offset; do
    ld -m elf_i386 --no-warn-rwx-segments --orphan-handling=error -N -T $each.lds \
      -Map $each.ldmap -o $each.elf all.o
    nm -p --format=bsd $each.elf >$each.map
    objcopy -j .text -O binary $each.elf $each.bin
  done
}

# combine [OPTION]...: in the merged form.
combine() {
  cbundle combine --gap=$gap --text-diff=$text_diff --script base.lds --bin1 base.bin \
    --bin2 offset.bin --map base.map "$@"
}

# bytes_of OBJECT: the checksum of its bundle after a final link at some address.
bytes_of() {
  ld --no-warn-rwx-segments -T place.lds -o placed.elf "$1"
  objcopy -j .placed -O binary placed.elf "$1.placed"
  sha256sum <"$1.placed"
}

# refused TEXT [OPTION]...: combine fails with that text, and does not change the output.
refused() {
  echo before >out.S
  exits 1 combine --output out.S "${@:2}"
  contains "$said" "$1"
  same "the previous output" before "$(cat out.S)"
}

cat >place.lds <<'EOF'
boot_options = 0x600000; boot_memory = 0x600800; trampoline_phys = 0x601000;
early_putc = 0x400000;
SECTIONS { .placed 0x500000 : { *(.text.cbundle) } /DISCARD/ : { *(*) } }
EOF

# shellcheck disable=SC2086
make -s $objects host.o boot_block.o call32.o
# shellcheck disable=SC2086
flow $objects

# The merged form, preprocessed, assembled and linked into the program.
combine --exports $exports --output flow.S \
  --section-header '.section .text.cbundle, "ax", @progbits; .balign 32'
grep -q '^obj32_start:$' flow.S || fail "this is not the merged form's text"
${CC:-cc} -c -o flow.o flow.S
for base in 0x400000 0x20000000; do
  ${CC:-cc} -no-pie -Wl,-Ttext-segment=$base -o flow host.o boot_block.o call32.o flow.o
  status=0
  ./flow >found.txt || status=$?
  [ $status -ne 77 ] || skip "this machine runs no 32-bit code"
  same "exit status of the program" 0 $status
  diff -u expected.txt found.txt || fail "linked at $base, it found something else"
done

[ ! -e "$CBUNDLE_SOCKET" ] || fail "a daemon was started for it"

# The same bytes as 'cbundle build' with that template, and with the one of the first form, which
# contains its distances, and does not shift with FINAL.
{ cat <<EOF; sed '1,/^#endif/d' flow.lds.S; } >first.lds.S
#ifdef FINAL
# define FACTOR 0
# define FRONT 0
# define START
#else
# define FACTOR 1
# define FRONT $gap
# define START $text_diff
#endif
EOF
built() { # OPTION...
  # shellcheck disable=SC2086
  cbundle build -o built.o --export $exports \
    --import boot_options,boot_memory,trampoline_phys,early_putc:func "$@" -- $objects
  same "bytes of the bundle, placed" "$(bytes_of flow.o)" "$(bytes_of built.o)"
}
built --script flow.lds.S --define GAP=$gap --define TEXT_DIFF=$text_diff
built --script first.lds.S
[ -s flow.o.placed ] || fail "the bundle that was placed is empty"

# The first form, with the linker's map, another section and neither gap nor distance.
cbundle combine --script base.lds --bin1 offset.bin --bin2 base.bin --map base.ldmap \
  --exports $exports --section-header '.section .text.cbundle, "ax", @progbits' >first.s
as --64 -o first.o first.s
same "bytes of the first form" "$(bytes_of flow.o)" "$(bytes_of first.o)"

# Errors are reported, and nothing is written.
refused "export 'crc33' is not in the map; did you mean 'crc32'?" --exports crc33
refused "export 'boot_options' is also an import" --exports boot_options
contains "$said" "base.map: "
exits 2 combine --exports $exports --map ""
contains "$said" "--exports needs --map"
exits 2 cbundle combine --script base.lds --bin1 base.bin
contains "$said" "--bin2 is missing"
exits 2 cbundle combine --gap 0x10200 --script base.lds --bin1 base.bin --bin2 offset.bin
contains "$said" "--gap needs --text-diff"

compile() { # NAME <SOURCE
  ${CC:-cc} -m32 -march=i686 -fpic -ffreestanding -fno-stack-protector -O2 -fcf-protection=none \
    -fno-asynchronous-unwind-tables -xc -c -o "$1.o" -
}
compile handlers <<<'#pragma GCC visibility push(hidden)
  static int a(void) { return 1; } static int b(void) { return 2; }
  int (*const table[])(void) = { a, b };
  int run(unsigned i) { return table[i & 1](); }'
sed -i 's/\*(.rodata .rodata.\*)/*(.rodata .rodata.* .data.rel.ro.*)/' flow.lds.S
flow handlers.o
refused "at 0x"
contains "$said" "base.bin: "
contains "$said" "in 'table': one layout has"
contains "$said" "as an absolute address of the bundle itself would be"

# Aligned to 64, the code has padding before it; padding within cannot be recognized.
compile front <<<'#pragma GCC visibility push(hidden)
  extern int boot_memory; __attribute__((aligned(64))) int run(void) { return boot_memory; }'
flow front.o
combine --exports run --output front.S
contains "$(cat front.S)" $'\t.balign 64\nobj32_start:'
compile within <<<'#pragma GCC visibility push(hidden)
  __attribute__((aligned(64))) const int table[16] = { 1, 2, 3 };
  int run(int i) { return table[i]; }'
flow within.o
refused "a section is aligned to more than 32" --exports run
contains "$said" "a distance of 0x408e00 is valid for all alignments up to 4096"
text_diff=0x408e00
flow within.o
combine --exports run --output within.S || fail "it refused the distance that it suggested"

# Imports with the names of macros; nothing imported, nothing exported.
compile names <<<'#pragma GCC visibility push(hidden)
  #undef linux
  extern int linux; int run(void) { return linux; }'
sed -i 's/IMPORT(boot_memory)/IMPORT(linux)/' flow.lds.S
flow names.o
combine --exports run --output names.S
${CC:-cc} -c -o names.o names.S
contains "$(nm names.o)" "U linux"
compile alone <<<'int run(void) { return 1; }'
sed -i '/IMPORT(.*;/d' flow.lds.S
flow alone.o
combine --output alone.S
