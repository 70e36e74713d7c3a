#!/usr/bin/env bash
# Tests one configuration by running it: prove.sh NAME, a name of the table `configurations`.
#
# A bundle is built from the sources in bundle/ at each level of optimization. A freestanding host
# runs it where it was linked, at two addresses, and in two copies at other addresses after the
# original is overwritten, and compares the results with the same sources compiled into the host.
#
# PROOF_COMPILER compiles the bundle's sources and PROOF_LINKER links its layouts, instead of those
# of the configuration; PROOF_LEVELS are the levels of optimization.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
here=$CBUNDLE_SOURCE/tests/targets
# shellcheck source=tests/targets/emitted_object.sh
. "$here/emitted_object.sh"
freestanding=(-ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables -g0
              -Wall -Wextra -Werror)
ulimit -c 0

# Reads the line of that name into variables.
read_configuration() {
  local line field fields
  line=$(grep -E "^$1 +\|" "$here/configurations") || fail "there is no configuration '$1'"
  IFS='|' read -r -a fields <<<"$line"
  for field in "${!fields[@]}"; do
    fields[field]=$(xargs <<<"${fields[field]}")
  done
  tools=${fields[1]} mode=${fields[2]} granule=${fields[3]} step=${fields[4]} start=${fields[5]}
  read -r -a bundle_flags <<<"${fields[6]}"
  read -r -a host_flags <<<"${fields[7]}"
  read -r -a link_flags <<<"${fields[8]}"
  runner=${fields[9]:-}
  if [ "$mode" = selfreloc ]; then
    bundle_flags+=(-DPOINTERS)
    host_flags+=(-DPOINTERS)
  fi
}

find_tools() {
  command -v "${tools}gcc" >/dev/null || skip "there is no ${tools}gcc"
  echo 'int f(void) { return 0; }' |
    "${tools}gcc" "${bundle_flags[@]}" -xc -c -o "$space/probe.o" - 2>/dev/null ||
    skip "${tools}gcc does not compile with ${bundle_flags[*]}"
  if [ -z "$runner" ]; then
    [ "$(uname -m)" = x86_64 ] || skip "this machine does not run x86-64 programs"
  else
    runner=$(command -v "$runner-static" || command -v "$runner") || skip "there is no $runner"
  fi
}

# compile DIRECTORY FLAG... SOURCE...: compiles to objects with the names of their sources.
compile() {
  mkdir -p "$space/$1"
  (cd "$space/$1" && shift && ${compiler:-"${tools}gcc"} "${freestanding[@]}" -I "$here/bundle" \
    -I "$CBUNDLE_SOURCE/client/integration" "$@" -c)
}

compile_host() {
  local flags=(-O1 -fno-pie "${host_flags[@]}")
  compile reference "${flags[@]}" -DREFERENCE "$here"/bundle/*.c "$here/imports.c"
  compile host "${flags[@]}" "$here/imports.c" "$here/host.c" "$here/start/$start.S"
  mv "$space/host/imports.o" "$space/host/host_imports.o"  # as host.lds knows it
  if [ "$mode" = selfreloc ]; then
    compile without_fixups "${flags[@]}" -DWITHOUT_FIXUPS "$here/host.c"
  fi
}

# make_bundle LEVEL: builds the bundle proof.o in the directory of that name.
make_bundle() {
  compiler=${PROOF_COMPILER:-} compile "$1" "-$1" "${bundle_flags[@]}" "$here"/bundle/*.c
  (cd "$space/$1" && mkdir -p out &&
    cbundle build -o out/proof.o --mode "$mode" --section .proof --prefix proof \
      --export proof_run,proof_fold,proof_marks \
      --import "host_count,host_row,host_step:$step" \
      ${PROOF_LINKER:+--linker "$PROOF_LINKER"} -- ./*.o)
}

# link_host PROGRAM ADDRESS LEVEL HOST_OBJECT
link_host() {
  "${tools}ld" "${link_flags[@]}" --fatal-warnings --no-warn-rwx-segments \
    --defsym "base=$2" --defsym "moves_by=$moves_by" -T "$here/host.lds" -o "$space/$1" \
    "$space/host/$start.o" "$4" "$space/host/host_imports.o" "$space"/reference/*.o \
    "$space/$3/out/proof.o"
}

# The second address is an odd multiple of the granule, and not of a page if the granule is small.
run_where_linked() {
  local address
  for address in 0x400000 $((0x1230000 + 5 * moves_by)); do
    link_host program "$address" "$1" "$space/host/host.o"
    ${runner:+"$runner"} "$space/program" >"$space/said" 2>&1 ||
      fail "$configuration at -$1, linked at $address:"$'\n'"$(cat "$space/said")"
    sed "s/^/-$1: /" "$space/said"
  done
}

# A copy without its fixups applied must fail.
run_without_fixups() {
  [ "$mode" = selfreloc ] || return 0
  link_host unmoved 0x400000 "$1" "$space/without_fixups/host.o"
  # In a subshell, so that bash does not report how the program died.
  ! (timeout 10 ${runner:+"$runner"} "$space/unmoved" >"$space/said" 2>&1 || exit 1) 2>/dev/null ||
    fail "$configuration at -$1: the copies need no fixups:"$'\n'"$(cat "$space/said")"
  grep -q '^linked at .*: as the reference$' "$space/said" ||
    fail "$configuration at -$1: nothing ran at all:"$'\n'"$(cat "$space/said")"
}

[ $# -eq 1 ] || fail "usage: prove.sh NAME"
configuration=$1
read_configuration "$configuration"
find_tools
compile_host
for level in ${PROOF_LEVELS:-O0 Os O2}; do
  make_bundle "$level"
  check_object "$space/$level"
  run_where_linked "$level"
  run_without_fixups "$level"
done
