#!/usr/bin/env bash
# A failing daemon or cache slows a build down, but does not fail it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$space"
${CC:-cc} -fpic -O2 -ffreestanding -fno-asynchronous-unwind-tables -fcf-protection=none \
  -xc -c -o a.o - <<<'int run(int x) { return x + 1; }'
bundle() { cbundle build -o out.o --export run "$@" -- a.o; }
builds() { # WHAT COMMAND...
  local what=$1
  shift
  rm -f out.o
  exits 0 "$@"
  cmp -s out.o wanted.o || fail "$what: the bundle differs"
}

exits 0 bundle
cp out.o wanted.o
same "daemons after one build" 1 "$(pgrep -cf "^$CBUNDLE_BIN/cbundled.*$CBUNDLE_SOCKET")"
stop_daemon

# Many clients at once without a daemon: one is started.
rm -rf "$CBUNDLE_CACHE_DIR"
for i in $(seq 16); do cbundle build -o "out$i.o" --export run -- a.o & done
wait
for i in $(seq 16); do cmp "out$i.o" wanted.o; done
same "daemons after sixteen clients" 1 "$(pgrep -cf "^$CBUNDLE_BIN/cbundled.*$CBUNDLE_SOCKET")"

# A daemon that hangs is bypassed.
pid=$(daemon_pid)
kill -STOP "$pid"
builds "a stopped daemon" bundle
contains "$said" "note"
kill -CONT "$pid"

# A killed daemon is replaced, and its cache is readable.
kill -KILL "$pid"
while is_running "$pid"; do sleep 0.01; done
builds "a killed daemon" bundle
same "outcome after the kill" "bundle hit" "$(bundle --json | json_stages)"
stop_daemon

builds "no daemon wanted" env CBUNDLE_DAEMON=never cbundle build -o out.o --export run -- a.o
builds "no cache wanted" env CBUNDLE_DISABLE=1 cbundle build -o out.o --export run -- a.o
same "daemons of a build without one" 0 "$(pgrep -cf "^$CBUNDLE_BIN/cbundled.*$CBUNDLE_SOCKET")"
exits 3 env CBUNDLE_DAEMON=required CBUNDLED=/nonexistent cbundle build -o out.o --export run -- a.o
exits 2 env CBUNDLE_DAEMON=perhaps cbundle build -o out.o --export run -- a.o

# An invalid database is moved away.
stop_daemon
find "$CBUNDLE_CACHE_DIR" -name '*.db' -exec sh -c 'echo garbage > "$1"' _ {} \;
builds "a garbage database" bundle
builds "a garbage database, again" bundle
stop_daemon

# A cache directory that cannot be created.
: >file
builds "an impossible cache" env CBUNDLE_CACHE_DIR="$space/file/cache" \
  CBUNDLE_SOCKET="$space/other.sock" cbundle build -o out.o --export run -- a.o
CBUNDLE_SOCKET=$space/other.sock cbundle stop >/dev/null

# A full disk.
mkdir small
if mount -t tmpfs -o size=64k none small 2>/dev/null; then
  head -c 60k /dev/zero >small/filler 2>/dev/null || true
  builds "a full disk" env CBUNDLE_CACHE_DIR="$space/small/cache" \
    CBUNDLE_SOCKET="$space/small.sock" cbundle build -o out.o --export run -- a.o
  CBUNDLE_SOCKET=$space/small.sock cbundle stop >/dev/null
  umount small
fi
exits 0 cbundle stop
contains "$said" "no daemon"
