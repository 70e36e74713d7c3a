#!/usr/bin/env bash
# A program that includes a bundle as a C array applies its relocations and calls it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
[ "$(uname -m)" = x86_64 ] || skip "the host of this test is an x86-64 program"
cd "$space"

cat >code.c <<'C'
#pragma GCC visibility push(hidden)
extern int counter;
static const int weights[] = {3, 1, 4, 1, 5};
int run(int i) { return weights[i] * 10 + counter++; }
C
cat >host.c <<'C'
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "blob.h"
int main(void) {
  unsigned char *room = mmap(0, 1 << 20, PROT_READ | PROT_WRITE | PROT_EXEC,
                             MAP_PRIVATE | MAP_ANON, -1, 0);
  int *counter = (int *)(room + 8192);
  int (*run)(int) = (int (*)(int))(room + BLOB_OFFSET_run);
  *counter = 7;
  memcpy(room, blob, BLOB_SIZE);
  for (int i = 0; i < BLOB_REFERENCES; i++) {
    const struct blob_reference *r = &blob_references[i];
    int32_t distance = (int32_t)((uintptr_t)counter + r->addend - (uintptr_t)(room + r->offset));
    if (r->type != 2 /* R_X86_64_PC32 */ || strcmp(r->import, "counter") != 0) return 1;
    memcpy(room + r->offset, &distance, 4);
  }
  const int first = run(0), second = run(4);
  printf("%d %d %d\n", first, second, *counter);
  return BLOB_FIXUPS;
}
C
${CC:-cc} -O2 -fpic -ffreestanding -fno-asynchronous-unwind-tables -fno-stack-protector \
  -fcf-protection=none -c code.c
cbundle build -o blob.c --emit c --prefix blob --export run --import counter -- code.o
${CC:-cc} -std=c11 -pedantic -Wall -Wextra -Werror -c blob.c
${CC:-cc} -O1 -Wall -Werror -o host host.c blob.o
same "output of the bundle" "37 58 9" "$(./host)"

# The header is of the same build, and valid C++.
printf '#include "blob.h"\nint main() { return blob[0] == BLOB_SIZE; }\n' >host.cc
${CXX:-c++} -std=c++17 -Wall -Werror -c host.cc

# Without a prefix it goes with the header of fixups, in either order, and with others; that of
# another bundle without a prefix is an error, not passed over.
cbundle build -o one.c --emit c --mode selfreloc --export run --import counter -- code.o
${CC:-cc} -O2 -fpic -ffreestanding -fno-asynchronous-unwind-tables -fcf-protection=none \
  -xc -c -o other.o - <<<'int run(int i) { return i * i * i; }'
cbundle build -o two.c --emit c --export run -- other.o
fixups=$(dirname "$0")/../../client/integration/cbundle_fixups.h
for headers in "$fixups one.h" "one.h $fixups" "one.h one.h blob.h"; do
  for header in $headers; do printf '#include "%s"\n' "$header"; done >both.c
  ${CC:-cc} -std=c11 -Wall -Werror -c both.c
done
printf '#include "one.h"\n#include "two.h"\n' >both.c
exits 1 "${CC:-cc}" -c both.c
contains "$said" "two bundles begin their names with cbundle: build each with a --prefix of its own"
exit 0
