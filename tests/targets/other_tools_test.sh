#!/usr/bin/env bash
# Bundles of objects compiled by clang, and with layouts linked by ld.lld, run correctly.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
[ "$(uname -m)" = x86_64 ] || skip "the hosts are made by cross compilers for x86-64 machines"
tried=0

# prove NAME WHAT: with PROOF_COMPILER or PROOF_LINKER set.
prove() {
  local status=0
  PROOF_LEVELS=O2 "$CBUNDLE_SOURCE/tests/targets/prove.sh" "$1" >"$space/said" 2>&1 || status=$?
  case $status in
    0) tried=$((tried + 1)) ;;
    77) cat "$space/said" ;;
    *) fail "$1 with $2:"$'\n'"$(cat "$space/said")" ;;
  esac
}

if lld=$(command -v ld.lld-14 || command -v ld.lld); then
  for name in i386 x86_64 arm thumb2 thumb2-selfreloc aarch64 riscv64 mips-abs mips64el-got; do
    PROOF_LINKER=$lld prove $name ld.lld
  done
fi

# clang compiles a switch between strings to a table of pointers, which needs fixups in 32-bit code;
# on 64-bit machines it uses a table of distances.
if clang=$(command -v clang-14 || command -v clang); then
  while read -r name target; do
    PROOF_COMPILER="$clang --target=$target -Wno-unused-command-line-argument" prove "$name" clang
  done <<'TARGETS'
x86_64 x86_64-linux-gnu
aarch64 aarch64-linux-gnu
aarch64-tiny aarch64-linux-gnu
riscv64 riscv64-linux-gnu
thumb2-selfreloc arm-linux-gnueabi
mipsel-got mipsel-linux-gnu
mips64-abs mips64-linux-gnuabi64
TARGETS
fi
[ $tried -gt 0 ] || skip "there is neither ld.lld nor clang here, or no compiler for a host"
echo "$tried configurations passed"
