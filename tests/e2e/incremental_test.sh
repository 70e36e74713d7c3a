#!/usr/bin/env bash
# Which stages run after which edit, and which results are shared between checkouts and clients.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_32_bit_compiler

mkdir "$space/one"
cd "$space/one"
cat >a.c <<'C'
#pragma GCC visibility push(hidden)
extern unsigned phys;
unsigned scale(unsigned);
unsigned run(unsigned x) { return scale(x) + phys; }
C
echo '__attribute__((visibility("hidden"))) unsigned scale(unsigned x) { return x * 3; }' >b.c
cat >shape.lds.S <<'LDS'
#include "room.h"
SECTIONS {
  .bundle : { *(.text .text.*) *(.rodata .rodata.*) . = ALIGN(16); }
#if CBUNDLE_LAYOUT == 1
  seen_by_b = ROOM;
#endif
}
LDS
echo '#define ROOM 0x1000' >room.h

compile() {
  ${CC:-cc} -m32 -march=i686 -fpic -ffreestanding -fno-asynchronous-unwind-tables \
    -fno-stack-protector -fcf-protection=none -O2 -g -c "$1.c" -o "$1.o"
}
# stages [ARGUMENT...]: builds out.o and prints "STAGE OUTCOME, …".
stages() {
  cbundle build -o out.o --export run --import phys "$@" --json -- a.o b.o >json || fail "no build"
  json_stages <json | sort | paste -sd, | sed 's/,/, /g'
}
compile a
compile b

everything="combine ran, emit ran, layout-a ran, layout-b ran, partial ran"
same "a first build" "$everything" "$(stages)"
same "unchanged" "bundle hit" "$(stages)"
touch a.o b.o
same "touched" "bundle hit" "$(stages)"
sed -i '1i // A comment that moves every line.' a.c
compile a
same "a comment edited" "bundle hit" "$(stages)"
sed -i 's/x \* 3/x * 5/' b.c
compile b
same "an object changed" "$everything" "$(stages)"
contains "$(cat json)" '"stage":"partial","outcome":"ran"'
contains "$(cat json)" "\"reason\":\"b.o: function 'scale' changed"
same "another section" "combine hit, emit ran, layout-a hit, layout-b hit, partial hit" \
  "$(stages --section .init.text)"

# An archive without members changes the inputs, but not the result of their link.
ar rc none.a b.o && ar d none.a b.o
same "a partial link that comes out equal" \
  "combine hit, emit hit, layout-a hit, layout-b hit, partial ran" \
  "$(cbundle build -o out.o --export run --import phys --json -- a.o b.o none.a |
    json_stages | sort | paste -sd, | sed 's/,/, /g')"

with_script=(--script shape.lds.S)
same "with a template" \
  "combine ran, emit ran, layout-a ran, layout-b ran, partial hit, script-a ran, script-b ran" \
  "$(stages "${with_script[@]}")"
same "with a template, again" "bundle hit" "$(stages "${with_script[@]}")"
sed -i 's/ALIGN(16)/ALIGN(16) \/* a comment *\//' shape.lds.S
same "a comment in a template" \
  "combine hit, emit hit, layout-a hit, layout-b hit, partial hit, script-a ran, script-b ran" \
  "$(stages "${with_script[@]}")"
echo '#define ROOM 0x2000' >room.h
same "an included file that only layout B sees" \
  "combine ran, emit hit, layout-a hit, layout-b ran, partial hit, script-a ran, script-b ran" \
  "$(stages "${with_script[@]}")"
echo '#define ROOM 0x1000' >room.h
same "the included file as it was" "bundle hit" "$(stages "${with_script[@]}")"

# Debug information names the directory; the bundle does not.
cp -r "$space/one" "$space/two"
cd "$space/two"
rm ./*.o
compile a
compile b
cmp -s a.o ../one/a.o && fail "the objects should differ in their debug information"
same "another checkout" "bundle hit" "$(stages)"

# Concurrent clients run each stage once.
sed -i 's/x \* 5/x * 7/' b.c
compile b
for i in 1 2 3 4; do
  cbundle build -o "out$i.o" --export run --import phys --json -- a.o b.o >"json$i" &
done
wait
for stage in partial layout-a layout-b combine emit; do
  same "how often $stage ran for four clients at once" 1 \
    "$(cat json[1-4] | json_stages | grep -cx "$stage ran")"
done
cmp out1.o out4.o

# The depfile lists all inputs, including hidden ones.
cbundle build -o out.o --export run --import phys "${with_script[@]}" --depfile out.d -- a.o b.o
for file in a.o b.o shape.lds.S room.h; do contains "$(cat out.d)" "$file"; done
