#!/usr/bin/env bash
# The units are valid, and the daemon serves a socket that systemd passes, and does not remove it.
# shellcheck source=tests/e2e/lib.sh
. "$CBUNDLE_SOURCE/tests/e2e/lib.sh"
for tool in systemd-analyze systemd-socket-activate; do
  command -v "$tool" >/dev/null || skip "$tool is not installed"
done

# verify MODE UNIT...: ExecStart names a program that exists.
verify() {
  local mode=$1 messages
  shift
  messages=$(SYSTEMD_LOG_LEVEL=warning systemd-analyze "$mode" --man=no verify "$@" 2>&1) || true
  [ -z "$messages" ] || fail "systemd-analyze verify reports: $messages"
}

units=$space/units
mkdir -p "$units/user" "$units/system" "$space/run"
for unit in user/cbundled.service system/cbundled@.service system/cbundled-serve.service; do
  sed "s,@bin@,$CBUNDLE_BIN," \
    "$CBUNDLE_SOURCE/systemd/$unit.in" >"$units/$unit"
done
cp "$CBUNDLE_SOURCE/systemd/user/cbundled.socket" "$units/user"
cp "$CBUNDLE_SOURCE/systemd/system/cbundled@.socket" "$units/system"
XDG_RUNTIME_DIR=$space/run \
  verify --user "$units/user/cbundled.socket" "$units/user/cbundled.service"
cp "$units/system/cbundled@.service" "$units/system/cbundled@root.service"
cp "$units/system/cbundled@.socket" "$units/system/cbundled@root.socket"
verify --system "$units/system/cbundled@root.socket" "$units/system/cbundled@root.service"
verify --system "$units/system/cbundled-serve.service"

systemd-socket-activate --listen="$CBUNDLE_SOCKET" \
  --setenv=CBUNDLE_CACHE_DIR="$CBUNDLE_CACHE_DIR" "$CBUNDLE_BIN/cbundled" 2>"$space/log" &
activator=$!
# The socket file exists a little before it is listened on.
until grep -q '^Listening on' "$space/log"; do
  kill -0 $activator || fail "$(cat "$space/log")"
done
"$CBUNDLE_BIN/cbundle" status >"$space/status" || fail "no status: $(cat "$space/log")"
grep -q "^process *$activator$" "$space/status" || fail "another daemon answered"
"$CBUNDLE_BIN/cbundle" stop
wait $activator || fail "the daemon exited with status $?: $(cat "$space/log")"
[ -S "$CBUNDLE_SOCKET" ] || fail "the daemon removed systemd's socket"
rm "$CBUNDLE_SOCKET"
