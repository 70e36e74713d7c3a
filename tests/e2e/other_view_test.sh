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

# A daemon that may read more than the client is not asked, whether by its groups or capabilities.
[ "$(id -u)" = 0 ] && command -v setpriv >/dev/null || exit 0
exits 0 setpriv --bounding-set=-dac_override,-dac_read_search \
  "$CBUNDLE_BIN/cbundle" build -v -o out.o --export run -- a.o
cmp out.o wanted.o
contains "$said" "by its groups or capabilities"
exits 0 cbundle stop
exits 0 setpriv --groups 4242 "$CBUNDLE_BIN/cbundle" build -o out.o --export run -- a.o
exits 0 bundle -v -o out.o
contains "$said" "by its groups or capabilities"

# One that may read less is asked; what it cannot read, the client builds itself.
exits 0 cbundle stop
exits 0 bundle -o out.o
exits 0 setpriv --groups 4242 "$CBUNDLE_BIN/cbundle" build -v -o out.o --export run -- a.o
contains "$said" "bundle     hit"
