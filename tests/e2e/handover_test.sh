#!/usr/bin/env bash
# A daemon gives way to that of a systemd unit, and to its own upgrade.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$space"
"${CC:-cc}" -fpic -O2 -ffreestanding -fno-asynchronous-unwind-tables -fcf-protection=none \
  -xc -c -o a.o - <<<"int run(int x) { return x + 1; }"
bundle() { cbundle build "$@" -o out.o --export run -- a.o; }

# An upgrade replaces the program; the next client has a new daemon, and the cache.
mkdir old new
cp "$CBUNDLE_BIN/cbundle" "$CBUNDLE_BIN/cbundled" old
cp old/cbundled new
PATH=$space/old:$PATH
exits 0 bundle
before=$(daemon_pid)
exits 0 bundle
same "the daemon" "$before" "$(daemon_pid)"
mv new/cbundled old/cbundled
exits 0 bundle -v
contains "$said" "bundle     hit"
[ "$(daemon_pid)" != "$before" ] || fail "the old daemon still runs"
is_running "$before" && fail "the old daemon still runs"

# A unit's daemon has another socket and the same cache.
command -v systemd-socket-activate >/dev/null || skip "systemd-socket-activate is not installed"
before=$(daemon_pid)
systemd-socket-activate --listen="$space/unit.sock" \
  --setenv=CBUNDLE_CACHE_DIR="$CBUNDLE_CACHE_DIR" "$CBUNDLE_BIN/cbundled" 2>"$space/log" &
until grep -q '^Listening on' "$space/log"; do is_running $! || fail "$(cat "$space/log")"; done
CBUNDLE_SOCKET=$space/unit.sock
exits 0 bundle -v
contains "$said" "bundle     hit"
is_running "$before" && fail "the daemon that a client started still runs"
contains "$(cat "$space/log")" "asking the daemon $before, which a client started, to end"
contains "$(cat "$space/log")" "the daemon $before has ended"
if [[ $(cbundle status) == *memory* ]]; then fail "the cache is in memory"; fi
