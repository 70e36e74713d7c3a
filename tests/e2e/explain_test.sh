#!/usr/bin/env bash
# What `cbundle explain` says after edits, hits, another checkout and a private build.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_32_bit_compiler

mkdir "$space/one"
cd "$space/one"
echo 'unsigned run(unsigned x) { return x + 1; }' >a.c
echo '#define ROOM 16' >room.h
cat >shape.lds.S <<'LDS'
#include "room.h"
SECTIONS { .bundle : { *(.text .text.*) . = ALIGN(ROOM); } }
LDS
compile() {
  ${CC:-cc} -m32 -march=i686 -fpic -ffreestanding -fno-asynchronous-unwind-tables \
    -fno-stack-protector -fcf-protection=none -O2 -g -c a.c -o a.o
}
bundle() { cbundle build -o out.o --export run "$@" --script shape.lds.S -- a.o; }
# explains TEXT...: each is in what explain says; line breaks count as blanks.
explains() {
  local all text
  all=$(cbundle explain out.o | tr '\n' ' ' | tr -s ' ')
  for text; do contains "$all" "$text"; done
}
compile

exits 1 cbundle explain out.o
contains "$said" "no build of out.o is known"
exits 2 cbundle explain
contains "$said" "explain needs one file"

bundle
explains "partial ran" "first build of this output" "No earlier build is known" \
  "No input has changed since then."

# An edited function, header and option, each with both of its values.
sed -i 's/x + 1/x * 77 + 5/' a.c
compile
explains "Changed since then" "a.o: function 'run' changed: was"
bundle --define FOO
explains "a.o: function 'run' changed: was" "a.o: section .text changed: was" "--define FOO is new"
sed -i 's/16/32/' room.h
bundle
explains "room.h:1: was '#define ROOM 16', is '#define ROOM 32'" "--define FOO is gone"

# A hit is explained as one, and so are hits after it.
bundle --define FOO=1
bundle
explains "all of it came from the cache" "--define FOO=1 is gone"
bundle
explains "nothing had changed since the build described here"
cbundle explain --json out.o >json
same "repeats" 1 "$(json_number repeats <json)"
contains "$(cat json)" '"name":"FOO=1"'
! command -v python3 >/dev/null || python3 -c 'import json; json.load(open("json"))'

# A comment changes no input; another checkout has a history of its own.
sed -i '1i // A comment that moves every line.' a.c
compile
explains "No input has changed since then."
cp -r "$space/one" "$space/two"
cd "$space/two"
bundle
explains "all of it came from the cache" "No earlier build is known"
cd "$space/one"

# The history outlives the daemon, and a private daemon adds to it.
stop_daemon
explains "all of it came from the cache" "--define FOO=1 is gone"
CBUNDLE_DAEMON=never bundle --define BAR
explains "--define BAR is new" "script-a ran" "by a private daemon"

# An emptied cache knows no earlier build.
cbundle clear >/dev/null
exits 1 cbundle explain out.o
bundle --define BAR
explains "first build of this output"
