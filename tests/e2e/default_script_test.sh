#!/usr/bin/env bash
# The printed default script gives the same bundle as no script, in both modes.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$space"

cat >pic.c <<'C'
#pragma GCC visibility push(hidden)
extern int host;
static const int table[] = {3, 1, 4};
static const char *name_of(int i) {
  switch (i) {
  case 0: return "zero"; case 1: return "one"; case 2: return "two"; case 3: return "three";
  case 4: return "four"; default: return "many";
  }
}
__attribute__((cold)) int rare(int i) { return name_of(i)[1] ^ host; }
int run(int i) { return i < 0 ? rare(-i) : name_of(i)[0] + table[i % 3]; }
C
cat >selfreloc.c <<'C'
#pragma GCC visibility push(hidden)
extern int host;
static int calls = 40, zeros[5];
int common;
static const char *const names[] = {"north", "east"};
int run(int i) { return names[i & 1][0] + ++calls + zeros[i % 5]++ + common++ + host; }
C

for mode in pic selfreloc; do
  "${CC:-cc}" -O2 -fpic -ffreestanding -fno-asynchronous-unwind-tables -fno-stack-protector \
    -fcommon -ffunction-sections -fdata-sections -c $mode.c -o $mode.o
  cbundle script --default --mode $mode >$mode.lds
  build() { cbundle build -o "$@" --mode $mode --import host --export run -- $mode.o; }
  build without.o
  build with.o --script $mode.lds
  cmp without.o with.o || fail "in mode $mode the bundle of the printed script differs"
done
