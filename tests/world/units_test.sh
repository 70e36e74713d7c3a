# The units on a booted system: run by tests/world/boot, with the number of the boot.
# shellcheck shell=bash disable=SC2317 # functions are called by their names
set -uo pipefail
failed=0
ok() { printf 'ok      %s\n' "$1"; }
bad() { printf 'failed  %s%s\n' "$1" "${2:+: $2}"; failed=1; }
check() { # TEXT COMMAND...
  local text=$1 said
  shift
  if said=$("$@" 2>&1); then ok "$text"; else bad "$text" "$said"; fi
}
same() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" "'$3' instead of '$2'"; fi; }
within() { # SECONDS COMMAND...: waits until it succeeds
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $deadline ] || return 1; done
}

home=/home/builder
uid=$(id -u builder)
as_builder() {
  runuser -u builder -- env -C $home HOME=$home XDG_RUNTIME_DIR="/run/user/$uid" \
    PATH=/usr/local/bin:/usr/bin:/bin CBUNDLE_DAEMON="${daemon:-required}" \
    ${socket:+"CBUNDLE_SOCKET=$socket"} "$@"
}
build() { as_builder cbundle build --export run -o "$home/out.o" "$@"; }

# Both instances: $ctl, $unit and $socket say which.
system_instance() {
  ctl=(systemctl) unit=cbundled@builder socket=/run/cbundle/builder/daemon.sock
}
user_instance() {
  ctl=(as_builder systemctl --user) unit=cbundled socket=
}
main_process() { "${ctl[@]}" show -p MainPID --value $unit.service; }

objects() { # DIRECTORY
  mkdir -p "$1"
  gcc -xc -c -O2 -fpic -ffreestanding -fno-asynchronous-unwind-tables -fcf-protection=none \
    -o "$1/a.o" - <<<"int run(int x) { return x + ${#1}; }"
  chown -R builder: "$1"
}

# A linker whose partial link says that it runs, and waits until it may go on. It can write to
# pipes only, which are open here, so that none of several runs waits for another end.
waiting_linker() {
  rm -f $home/runs $home/go
  mkfifo $home/runs $home/go
  exec 7<>$home/runs 8<>$home/go
  cat >$home/waiting-ld <<SCRIPT
#!/bin/sh
case " \$* " in *" -r "*) echo >$home/runs; read line <$home/go ;; esac
exec ld "\$@"
SCRIPT
  chmod 755 $home/waiting-ld
  chown builder: $home/runs $home/go $home/waiting-ld
}

# A build is running while COMMAND ends the daemon; it succeeds, and says nothing of signals. Where
# it is built again by another daemon, that has no such linker.
build_during() { # TEXT COMMAND...
  local text=$1 build
  shift
  waiting_linker
  daemon=auto build --linker $home/waiting-ld -- a.o >/said 2>&1 7>&- 8>&- &
  build=$!
  read -r -t 20 -u 7 _ || bad "$text: the linker did not start" "$(cat /said)"
  "$@"
  printf '\n\n\n\n' >&8
  if wait $build && ! grep -q 143 /said; then ok "$text"; else bad "$text" "$(cat /said)"; fi
}

places() {
  local place
  mkdir -m 700 $home/.private
  chown builder: $home/.private
  for place in $home/w $home/.private/w /tmp/w /var/tmp/w /run/w /dev/shm/w /srv/w; do
    objects "$place"
    check "a build in $place" build -- "$place/a.o"
  done
  objects /srv/group
  chgrp -R team /srv/group
  chmod 2750 /srv/group
  chown root /srv/group
  check "an object that the group alone can read" build -- /srv/group/a.o
  cp "$(readlink -f /usr/bin/ld)" $home/own-ld
  check "a linker in the home directory" build --linker $home/own-ld -- a.o
}

# A linker of 32 bits: it runs ld in its place. Skipped where the kernel runs no such program.
small_linker() {
  as --32 -o /small.o - <<'CODE'
  .globl _start
_start:
  movl $11, %eax  # execve
  movl $path, %ebx
  movl (%esp), %ecx
  leal 8(%esp,%ecx,4), %edx
  leal 4(%esp), %ecx
  int $0x80
  hlt
path: .asciz "/usr/bin/ld"
CODE
  ld -m elf_i386 -o $home/small-ld /small.o
  if $home/small-ld --version >/dev/null 2>&1; then
    check "a linker of 32 bits" build --linker $home/small-ld -- a.o
  else
    echo "skipped a linker of 32 bits: this kernel does not run it"
  fi
}

# A linker that takes more memory than the unit may have is killed; the daemon is not.
memory_limit() {
  local before
  if ! grep -qw memory /sys/fs/cgroup/cgroup.controllers; then
    echo "skipped memory limits: there is no memory controller"
    return
  fi
  printf '#!/bin/sh\nhead -c 300M /dev/zero | tail -c 300M >/dev/null || exit\nexec ld "$@"\n' \
    >$home/large-ld
  chmod 755 $home/large-ld
  drop_in $'MemoryMax=100M\nMemorySwapMax=0'
  build -- a.o >/dev/null 2>&1
  before=$(main_process)
  daemon=auto build --linker $home/large-ld -- a.o >/dev/null 2>&1
  same "the process of $unit after its linker was killed for its memory" "$before" \
    "$(main_process)"
  check "and it serves" build -- a.o
  drop_in ""
}

# 30 stops and 30 crashes, as fast as they go.
fast_restarts() {
  for _ in $(seq 30); do build -- a.o >/dev/null 2>&1; "${ctl[@]}" restart $unit.service; done
  check "$unit serves after 30 restarts" build -- a.o
  for _ in $(seq 30); do
    kill -9 "$(main_process)" 2>/dev/null
    daemon=auto build -- a.o >/dev/null 2>&1 || bad "a build beside a crash"
  done
  same "the socket of $unit after 30 crashes" active "$("${ctl[@]}" is-active "$unit.socket")"
  check "$unit serves after 30 crashes" within 10 build -- a.o
}

served_by_unit() { as_builder cbundle status | grep -q "^process *$(main_process)$"; }

drop_in() { # TEXT: for the service
  local directory=/etc/systemd/system/$unit.service.d
  [ $unit = cbundled ] && directory=/etc/systemd/user/$unit.service.d
  mkdir -p "$directory"
  printf '[Service]\n%s\n' "$1" >"$directory/test.conf"
  "${ctl[@]}" daemon-reload
  "${ctl[@]}" stop $unit.service 2>/dev/null
}
new_process() { [ "$(main_process)" != "$1" ] && [ "$(main_process)" != 0 ]; }

life() {
  local before
  build_during "a build while $unit is stopped" "${ctl[@]}" stop --no-block $unit.service
  build_during "a build while $unit is restarted" "${ctl[@]}" restart --no-block $unit.service
  build_during "a build while $unit is reloaded" "${ctl[@]}" reload --no-block $unit.service
  check "$unit serves again" within 10 build -- a.o
  check "status is of the process of $unit" within 10 served_by_unit

  drop_in "Environment=CBUNDLE_IDLE_EXIT=1"
  build -- a.o >/dev/null 2>&1
  check "an idle $unit has left" within 20 is_inactive
  check "and is started again" build -- a.o

  drop_in $'CPUAffinity=0\nNice=5'
  build -- a.o >/dev/null 2>&1
  same "the processors of $unit" 0 "$(taskset -cp "$(main_process)" | sed 's/.*: //')"
  same "the priority of $unit" 5 "$(ps -o nice= -p "$(main_process)" | tr -d ' ')"

  drop_in "WatchdogSec=1"
  build -- a.o >/dev/null 2>&1
  before=$(main_process)
  kill -STOP "$before"
  check "a wedged $unit is replaced" within 30 new_process "$before"
  check "and the new one serves" within 10 build -- a.o
  drop_in ""
}
is_inactive() { [ "$("${ctl[@]}" is-active "$unit.service")" = inactive ]; }

# What the user has in shared memory is the user's.
shared_memory() {
  as_builder bash -c 'echo mine >/dev/shm/mine; ipcmk -M 4096' >/dev/null
  build -- a.o >/dev/null 2>&1
  "${ctl[@]}" stop $unit.service 2>/dev/null
  within 10 is_inactive
  check "files in /dev/shm outlive $unit" test -s /dev/shm/mine
  same "segments outlive $unit" "${segments:=1}" "$(awk 'NR > 1' /proc/sysvipc/shm | wc -l)"
  segments=$((segments + 1))
}

first_boot() {
  groupadd team
  usermod -aG team builder
  chmod 700 $home
  objects $home
  gcc --version >/dev/null

  system_instance
  systemctl enable --now cbundled@builder.socket 2>/dev/null
  same "the system's service before a client" inactive "$(systemctl is-active "$unit.service")"
  places
  check "it is the unit's daemon that serves" served_by_unit
  check "no other user is served" eval \
    "! runuser -u other -- env CBUNDLE_SOCKET=$socket cbundle status"
  same "exposure of at most 1.5" "" "$(systemd-analyze security --no-pager $unit.service |
    sed -nE 's/.*exposure level for [^ ]*: ([0-9.]+) .*/\1/p' | awk '$1 > 1.5')"
  same "systemd-analyze verify" "" \
    "$(systemd-analyze --man=no verify $unit.service $unit.socket 2>&1)"
  small_linker
  life
  memory_limit
  fast_restarts
  shared_memory

  user_instance
  loginctl enable-linger builder
  within 20 test -S "/run/user/$uid/bus"
  # A daemon that a client started gives way.
  daemon=auto build -- a.o >/dev/null 2>&1
  local before
  before=$(as_builder cbundle status | sed -nE 's/^process +([0-9]+)$/\1/p')
  "${ctl[@]}" enable --now cbundled.socket 2>/dev/null
  check "the user's unit takes over" within 20 eval 'build -- a.o && served_by_unit'
  check "the client's daemon has left" within 20 eval "! kill -0 $before"
  life
  fast_restarts
  shared_memory

  # The manager ends with the last session where nobody lingers; the next build has its own daemon.
  loginctl disable-linger builder
  check "the user's manager ends" within 60 eval "! pgrep -u builder -f 'systemd --user'"
  daemon=auto check "a build without a manager" build -- a.o
  loginctl enable-linger builder
}

if [ "$1" = 1 ]; then
  first_boot
  echo $failed >/failed
  exit 75  # reboots
fi
failed=$(cat /failed)
system_instance
check "after a reboot the system's unit serves" build -- a.o
user_instance
check "after a reboot the user's unit serves" within 30 eval 'build -- a.o && served_by_unit'
exit "$failed"
