#!/usr/bin/env bash
# Where /dev/null cannot be opened, the error says so, with a cache or without; /proc and /dev/shm
# can be missing.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$space"
unshare -m true 2>/dev/null || skip "unshare -m is not permitted here"
"${CC:-cc}" -fpic -O2 -ffreestanding -fno-asynchronous-unwind-tables -fcf-protection=none \
  -xc -c -o a.o - <<<"int run(int x) { return x + 1; }"
build="cbundle build -o out.o --export run -- a.o"
for disabled in 0 1; do
  export CBUNDLE_DISABLE=$disabled
  exits 4 unshare -m bash -c "mount -t tmpfs none /dev && $build"
  contains "$said" "cannot open /dev/null"
  exits 0 unshare -m bash -c "mount -t tmpfs none /proc && $build"
  exits 0 unshare -m bash -c "mount -t tmpfs -o ro none /dev/shm && $build"
done
