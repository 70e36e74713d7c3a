#!/usr/bin/env bash
# Installed to any prefix, client and daemon work, and the units name that prefix.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
command -v cmake >/dev/null || skip "cmake is not installed"
cd "$space"
build=$CBUNDLE_BIN/..
[ -e "$build/cmake_install.cmake" ] || skip "this is no build tree"
export XDG_RUNTIME_DIR=$space

# units DIRECTORY BIN: they run the program of BIN, and systemd has nothing to say about them.
units() {
  local unit messages
  for unit in user/cbundled system/cbundled@; do
    contains "$(grep ^ExecStart= "$1/$unit.service")" "ExecStart=$2/cbundled"
  done
  command -v systemd-analyze >/dev/null || return 0
  messages=$(SYSTEMD_LOG_LEVEL=warning systemd-analyze --user --man=no verify \
    "$1/user/cbundled.socket" "$1/user/cbundled.service" 2>&1) || true
  same "messages of systemd-analyze" "" "$messages"
}

exits 0 cmake --install "$build" --prefix "$space/one"
units one/lib/systemd "$space/one/bin"
for file in share/man/man1/cbundle.1 share/man/man8/cbundled.8 \
  share/bash-completion/completions/cbundle share/zsh/site-functions/_cbundle \
  share/fish/vendor_completions.d/cbundle.fish include/cbundle_fixups.h; do
  [ -s "one/$file" ] || fail "$file is not installed"
done

# A staged package names the place where it will be.
DESTDIR=$space/stage exits 0 cmake --install "$build" --prefix /opt/two
contains "$(cat stage/opt/two/lib/systemd/user/cbundled.service)" "ExecStart=/opt/two/bin/cbundled"

# The client starts the daemon beside it, also by a link from elsewhere.
mkdir links
ln -s "$space/one/bin/cbundle" links/cbundle
"${CC:-cc}" -fpic -O2 -ffreestanding -fno-asynchronous-unwind-tables -fcf-protection=none \
  -xc -c -o a.o - <<<"int run(int x) { return x + 1; }"
CBUNDLE_DAEMON=required exits 0 links/cbundle build -o out.o --export run -- a.o
same "the daemon's program" "$space/one/bin/cbundled" "$(readlink -f "/proc/$(daemon_pid)/exe")"

# A client of the same version elsewhere uses the daemon that runs.
before=$(daemon_pid)
exits 0 cbundle build -v -o out.o --export run -- a.o
contains "$said" "bundle     hit"
same "the daemon" "$before" "$(daemon_pid)"
