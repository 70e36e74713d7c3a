#!/usr/bin/env bash
# What `cbundle doctor`, `stats`, `clear` and `verify` say of a sound cache and of a broken one.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$space"
${CC:-cc} -fpic -O2 -ffreestanding -fno-asynchronous-unwind-tables -fcf-protection=none \
  -xc -c -o a.o - <<<'int run(int x) { return x + 1; }'
# diagnoses STATUS TEXT...: runs doctor; line breaks in what it says count as blanks.
diagnoses() {
  local text
  exits "$1" cbundle doctor
  said=$(tr '\n' ' ' <<<"$said" | tr -s ' ')
  shift
  for text; do contains "$said" "$text"; done
}
bundle() { cbundle build -o out.o --export run "$@" -- a.o; }

# Without a daemon, a private one is asked.
diagnoses 0 "no daemon is running" "Nothing is broken"
same "daemons that doctor has left" "" "$(daemon_pid)"

bundle
bundle
diagnoses 0 "the daemon is process $(daemon_pid)" "there are linkers for"

# Stats, for people and for programs.
said=$(cbundle stats)
contains "$said" "builds        2"
contains "$said" "found       1 (50.0 %)"
contains "$said" "saved "
cbundle stats --json >json
same "builds" 2 "$(json_number build.done <json)"
[ "$(json_number saved.microseconds <json)" -gt 0 ] || fail "nothing was saved by a hit"
same "builds that --zero has shown" 2 "$(cbundle stats --zero --json | json_number build.done)"
same "builds after --zero" 0 "$(cbundle stats --json | json_number build.done)"
contains "$(cbundle status --json)" "\"pid\":$(daemon_pid)"

# A daemon that is stopped.
pid=$(daemon_pid)
kill -STOP "$pid"
diagnoses 1 "broken the daemon, process $pid, is stopped" "kill -CONT $pid"
kill -CONT "$pid"

# A cache directory that others can write.
chmod 777 "$CBUNDLE_CACHE_DIR"
diagnoses 1 "can be written by other users"
contains "$(cbundle doctor --json || true)" '"level":"broken","name":"cache-directory"'
chmod 700 "$CBUNDLE_CACHE_DIR"

# A limit that is low costs, and breaks nothing.
stop_daemon
CBUNDLE_MAX_SIZE=4M diagnoses 0 "costs max_size is only 4.0 MiB"

# A linker that is a script cannot be known.
mkdir bin
for name in ld x86_64-linux-gnu-ld; do
  printf '#!/bin/sh\nexec /usr/bin/ld "$@"\n' >"bin/$name"
  chmod +x "bin/$name"
done
PATH=$space/bin:$PATH diagnoses 0 "is a script"

# Damage is found, dropped, counted and reported until the counters are set to zero.
exits 0 cbundle verify
contains "$said" "all are right"
if command -v sqlite3 >/dev/null; then
  sqlite3 "$CBUNDLE_CACHE_DIR/store.db" \
    "UPDATE blob SET data=x'00' WHERE id=(SELECT min(id) FROM blob)"
  exits 1 cbundle verify
  contains "$said" "1 was damaged, and dropped"
  exits 0 cbundle verify
  diagnoses 1 "damaged results, dropped: 1"
  cbundle stats --zero >/dev/null
  diagnoses 0
fi

bundle
contains "$(cbundle clear)" "removed "
same "entries after clear" 0 "$(cbundle stats --json | json_number entries)"
same "the build after it" "ran" "$(bundle --json | json_stages | awk 'NR == 1 { print $2 }')"
