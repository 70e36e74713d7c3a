# Common functions of the scripts that run the real programs: a private daemon, JSON, failures.
#
# Sourced. Needs CBUNDLE_BIN, the directory of cbundle and cbundled, and CBUNDLE_SOURCE, the top of
# the source tree. Creates $space, a private directory with its own cache and socket; on exit the
# daemon is stopped and $space removed.
# shellcheck shell=bash
set -euo pipefail
unset CDPATH MAKEFLAGS MFLAGS MAKELEVEL

fail() { printf 'failed: %s\n' "$*" >&2; exit 1; }
skip() { printf 'skipped: %s\n' "$*" >&2; exit 77; }

# same WHAT WANTED GOT
same() {
  [ "$2" = "$3" ] || fail "$1:"$'\n'"wanted: $2"$'\n'"   got: $3"
}

# contains TEXT PIECE
contains() {
  [[ $1 == *"$2"* ]] || fail "this does not say '$2':"$'\n'"$1"
}

# exits STATUS COMMAND...: runs it and requires that exit status; its output is in $said.
exits() {
  local wanted=$1 got=0
  shift
  said=$("$@" 2>&1) || got=$?
  [ "$got" -eq "$wanted" ] || fail "exit status $got instead of $wanted: $*"$'\n'"$said"
}

# json_stages <JSON: "partial ran", one line a stage, from the output of `cbundle build --json`.
json_stages() {
  grep -oE '"(stage|outcome)" *: *"[a-z-]+"' | sed -E 's/.*"([a-z-]+)"$/\1/' | paste -d ' ' - -
}

# json_number NAME <JSON: the first number of that name.
json_number() {
  grep -oE "\"$1\" *: *[0-9.]+" | head -n 1 | sed 's/.*: *//'
}

need_32_bit_compiler() {
  "${CC:-cc}" -m32 -march=i686 -ffreestanding -fpic -xc -c -o "$space/probe.o" - 2>/dev/null \
    <<<'#include <stdint.h>' || skip "${CC:-cc} -m32 does not compile here"
}

# The process id of our daemon, if it runs.
daemon_pid() {
  [ -S "$CBUNDLE_SOCKET" ] || return 0
  cbundle status 2>/dev/null | sed -nE 's/^process +([0-9]+)$/\1/p'
}

is_running() {
  [ -r "/proc/$1/status" ] && ! grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

# Waits until the daemon has exited; kills it after ten seconds.
stop_daemon() {
  local pid deadline=$((SECONDS + 10))
  pid=$(daemon_pid)
  [ -n "$pid" ] || return 0
  cbundle stop >/dev/null || true
  while is_running "$pid"; do
    if [ $SECONDS -ge $deadline ]; then
      kill -KILL "$pid"
      fail "the daemon, process $pid, did not stop within ten seconds"
    fi
    sleep 0.02
  done
}

leave() {
  local status=$?
  trap - EXIT
  trap '' HUP INT TERM
  (stop_daemon) || status=1
  cd /
  rm -rf "$space"
  exit $status
}

make_space() {
  local variable
  for variable in "${!CBUNDLE_@}"; do
    case $variable in CBUNDLE_BIN | CBUNDLE_SOURCE) ;; *) unset "$variable" ;; esac
  done
  CBUNDLE_BIN=$(cd "$CBUNDLE_BIN" && pwd)
  CBUNDLE_SOURCE=$(cd "$CBUNDLE_SOURCE" && pwd)
  space=$(mktemp -d "${TMPDIR:-/tmp}/cbundle.XXXXXX")
  trap leave EXIT
  # A trapped signal waits for the foreground command, which could write otherwise.
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  export CBUNDLE_CACHE_DIR=$space/cache CBUNDLE_SOCKET=$space/daemon.sock PATH=$CBUNDLE_BIN:$PATH
}

make_space
