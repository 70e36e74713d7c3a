#!/usr/bin/env bash
# Results go to the cache of the client's $XDG_CACHE_HOME, whichever daemon runs.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$space"
"${CC:-cc}" -fpic -O2 -ffreestanding -fno-asynchronous-unwind-tables -fcf-protection=none \
  -xc -c -o a.o - <<<"int run(int x) { return x + 1; }"
unset CBUNDLE_CACHE_DIR CBUNDLE_SOCKET XDG_CACHE_HOME
mkdir -m 700 run
export HOME=$space XDG_RUNTIME_DIR=$space/run
CBUNDLE_SOCKET=$space/run/cbundle/daemon.sock  # for daemon_pid, not for the programs
bundle() { env -u CBUNDLE_SOCKET "$@" cbundle build -v -o out.o --export run -- a.o; }

exits 0 bundle
[ -s .cache/cbundle/store.db ] || fail "the usual cache is not used"
exits 0 bundle
contains "$said" "bundle     hit"
first=$(daemon_pid)

# An idle daemon with another cache is replaced.
exits 0 bundle XDG_CACHE_HOME="$space/other"
contains "$said" "partial    ran"
[ -s other/cbundle/store.db ] || fail "the cache of XDG_CACHE_HOME is not used"
is_running "$first" && fail "the daemon with another cache still runs"
exits 0 bundle XDG_CACHE_HOME="$space/other"
contains "$said" "bundle     hit"
