#!/usr/bin/env bash
# A copy of a self-relocating bundle works after its fixups are applied, and not before.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
[ "$(uname -m)" = x86_64 ] || skip "the host of this test is an x86-64 program"
cd "$space"

cat >names.c <<'C'
#pragma GCC visibility push(hidden)
static unsigned calls = 40;
static const char *const names[] = {"north", "east", "south", "west"};
static unsigned twice(unsigned x) { return x * 2; }
static unsigned thrice(unsigned x) { return x * 3; }
static unsigned (*const steps[])(unsigned) = {twice, thrice};
unsigned run(unsigned i) { return names[i & 3][0] + steps[i & 1](i) + ++calls; }
C
cat >host.c <<'C'
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "cbundle_fixups.h"
extern char moved_start[], moved_end[];
extern const struct cbundle_fixup moved_fixups[], moved_fixups_end[];
unsigned run(unsigned i);
int main(int argc, char **argv) {
  size_t size = (size_t)(moved_end - moved_start);
  char *room = mmap(0, 1 << 20, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANON, -1, 0);
  char *to = room + 3 * 4096;
  unsigned (*copy)(unsigned) = (unsigned (*)(unsigned))(to + ((char *)run - moved_start));
  memcpy(to, moved_start, size);
  if (argc == 1)
    cbundle_apply(to, (uintptr_t)to - (uintptr_t)moved_start, moved_fixups, moved_fixups_end);
  for (unsigned i = 0; i < 4; i++) printf("%u ", run(i));
  memset(moved_start, 0, size);
  for (unsigned i = 0; i < 4; i++) printf("%u ", copy(i));
  printf("%s\n", argv[0] ? "done" : "");
  return 0;
}
C
${CC:-cc} -O2 -fpic -ffreestanding -fno-asynchronous-unwind-tables -fno-stack-protector \
  -fcf-protection=none -c names.c
cbundle build -o moved.o --mode selfreloc --prefix moved --section .moved --export run -- names.o
${CC:-cc} -O1 -no-pie -I "$CBUNDLE_SOURCE/client/integration" -Wl,-z,noexecstack \
  -Wl,--no-warn-rwx-segments -o host host.c moved.o
same "output of the bundle and its moved copy" "151 146 162 172 151 146 162 172 done" \
  "$(./host | sed 's/^ *//')"
./host without >out 2>&1 && fail "a copy without fixups should not work: $(cat out)"
exit 0
