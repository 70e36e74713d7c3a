#!/usr/bin/env bash
# A client that sees other files than the daemon gets a bundle of those that it sees itself.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$space"
unshare -m true 2>/dev/null || skip "unshare -m is not permitted here"
compile() { # FILE NUMBER
  "${CC:-cc}" -fpic -O2 -ffreestanding -fno-asynchronous-unwind-tables -fcf-protection=none \
    -xc -c -o "$1" - <<<"int run(int x) { return x + $2; }"
}
compile a.o 1
compile other.o 2
bundle() { cbundle build "$@" --export run -- a.o; }
exits 0 bundle -o wanted.o
CBUNDLE_DISABLE=1 cbundle build -o other_wanted.o --export run -- other.o

# The same files in a namespace of its own: the daemon's answer is accepted.
exits 0 unshare -m "$CBUNDLE_BIN/cbundle" build -v -o out.o --export run -- a.o
cmp out.o wanted.o
contains "$said" "bundle     hit"

# Another file at the same place, by a mount that the daemon does not see.
exits 0 unshare -m bash -c "mount --bind other.o a.o &&
  cbundle build -v -o out.o --export run -- a.o"
cmp out.o other_wanted.o
contains "$said" "private daemon"
contains "$(cbundle doctor 2>&1 || true)" "private"
exits 0 bundle -o out.o
cmp out.o wanted.o

# Another linker.
printf '#!/bin/sh\nexit 1\n' >broken
chmod +x broken
linker=$(readlink -f "$(command -v ld)")
exits 1 unshare -m bash -c "mount --bind broken $linker &&
  cbundle build -o out.o --export run -- a.o"
