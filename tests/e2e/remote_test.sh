#!/usr/bin/env bash
# Runners that share nothing but a cache server: `cbundled serve`, and bazel-remote where it is on
# PATH or is $BAZEL_REMOTE.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$space"
command -v openssl >/dev/null || skip "no openssl to make certificates with"

# serve ARGUMENT...: starts our server, and returns when it serves: its first line says so.
serve() {
  rm -f "$space/log"
  mkfifo "$space/log"
  env -u CBUNDLE_REMOTE cbundled serve --cache-dir "$space/served" "$@" 2>"$space/log" &
  server=$!
  exec {log}<"$space/log"
  said=
  read -r -t 20 said <&"$log" || fail "the server does not start: $said"
}
end_server() {
  kill "-${1:-TERM}" "$server"
  wait "$server" 2>/dev/null || true
  exec {log}<&-
}

# on RUNNER COMMAND...: as a machine with its own checkout, cache and socket.
on() {
  local runner=$space/$1
  shift
  if [ ! -d "$runner" ]; then
    mkdir -p "$runner/source"
    printf 'unsigned run(unsigned x) { return x * 3; }\n' >"$runner/source/a.c"
    printf '#include "boot.h"\nSECTIONS { .text : { . = ALIGNED; *(.text .text.*) } }\n' \
      >"$runner/source/boot.lds.S"
    printf '#define ALIGNED ALIGN(16)\n' >"$runner/source/boot.h"
    # The checkout's path is in the debug information.
    (cd "$runner/source" && ${CC:-cc} -g -O2 -fpic -ffreestanding -c "$PWD/a.c" -o a.o)
  fi
  (cd "$runner/source" &&
    CBUNDLE_CACHE_DIR=$runner/cache CBUNDLE_SOCKET=$runner/socket "$@")
}
stages() {
  on "$1" cbundle build --json -o out.o --export run --script boot.lds.S "${@:2}" -- a.o |
    json_stages
}
ends() { on "$1" cbundle stop >/dev/null; }
counter() { on "$1" cbundle stats --json | json_number "$2"; }

# shares: one runner makes it, another finds it.
shares() {
  contains "$(stages "first$1")" "partial ran"
  ends "first$1"  # what it has made is shared when this returns
  same "what a fresh runner does" "bundle remote" "$(stages "second$1")"
  cmp "first$1/source/out.o" "second$1/source/out.o" || fail "two objects differ"
  contains "$(stages "second$1" --prefix other)" "partial remote"
  same "wrong results" "" "$(counter "second$1" remote.wrong)"
  ends "second$1"
}

export CBUNDLE_REMOTE=unix:$space/server.sock
serve --listen "unix:$space/server.sock"
shares -plain

# The yardstick: nothing is asked, although it is there.
contains "$(CBUNDLE_DISABLE=1 stages disabled)" "partial ran"
contains "$(CBUNDLE_DAEMON=never stages private)" "bundle remote"

# What is sent is counted, and in the statistics without another build.
contains "$(stages sender --prefix sender)" "emit ran"
until [ "$(counter sender remote.sent || echo 0)" -ge 2 ]; do  # the list of files, and the bundle
  is_running "$server" || fail "no server"
done
ends sender

# A result that was acknowledged survives the server's violent end.
end_server KILL
serve --listen "unix:$space/server.sock"
same "after kill -9" "bundle remote" "$(stages third)"
ends third
end_server

# Without the server: the build is right, and says what is the matter.
contains "$(stages fourth 2>err)" "partial ran"
ends fourth
cmp first-plain/source/out.o fourth/source/out.o || fail "an object differs without the server"

# TLS, and tokens: a runner of a pull request reads and does not write what a release build reads.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=cache \
  -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out ca.pem 2>/dev/null
echo release-secret >writers
echo pull-request-secret >readers
rm -rf served
serve --listen 127.0.0.1:0 --certificate "$space/ca.pem" --key "$space/key.pem" \
  --write-tokens "$space/writers" --read-tokens "$space/readers"
export CBUNDLE_REMOTE=grpcs://127.0.0.1:${said##*port }/main
export CBUNDLE_REMOTE_CA=$space/ca.pem CBUNDLE_REMOTE_TOKEN=$space/readers
contains "$(stages pull-request)" "partial ran"
ends pull-request
contains "$(stages pull-request-2)" "partial ran"  # the first one could not write
contains "$(on pull-request-2 cbundle status)" "$CBUNDLE_REMOTE_TOKEN"
[[ $(on pull-request-2 cbundle status) != *secret* ]] || fail "the status shows a token"
ends pull-request-2
CBUNDLE_REMOTE_TOKEN=$space/writers shares -tls
same "what a pull request finds" "bundle remote" "$(stages pull-request-3)"
ends pull-request-3
echo unknown >strangers
contains "$(CBUNDLE_REMOTE_TOKEN=$space/strangers stages stranger 2>err)" "partial ran"
contains "$(CBUNDLE_REMOTE_TOKEN=$space/strangers on stranger cbundle status)" \
  "check CBUNDLE_REMOTE_TOKEN"
ends stranger
unset CBUNDLE_REMOTE_CA CBUNDLE_REMOTE_TOKEN
end_server

# What cannot be meant is refused.
exits 2 cbundled serve --cache-dir "$space/served" --listen 0.0.0.0:0
contains "$said" "--insecure"
exits 2 cbundled serve --cache-dir served --listen 127.0.0.1:0
exits 2 cbundled serve --cache-dir "$space/served" --listen 127.0.0.1:0 --key "$space/key.pem"
exits 2 cbundled serve --listen 127.0.0.1:0

bazel_remote=${BAZEL_REMOTE:-$(command -v bazel-remote || true)}
if [ -z "$bazel_remote" ]; then
  echo "left out: bazel-remote is not here"
  exit 0
fi
"$bazel_remote" --dir "$space/peer" --max_size 1 --grpc_address "unix://$space/peer.sock" \
  --http_address "unix://$space/peer.http" --access_log_level none >peer.log 2>&1 &
server=$!
until [ -S "$space/peer.sock" ]; do
  is_running $server || fail "bazel-remote: $(cat peer.log)"
done
export CBUNDLE_REMOTE=unix:$space/peer.sock
shares -peer
kill $server
wait $server || true
