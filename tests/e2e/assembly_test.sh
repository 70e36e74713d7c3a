#!/usr/bin/env bash
# The assembly form gives the same bytes as the object, also on machines with unusual fields.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$space"
cp "$CBUNDLE_SOURCE"/tests/targets/bundle/* .

# address_of NAME FILE: in hexadecimal.
address_of() {
  nm "$2" | sed -n "s/ . $1\$//p"
}

# compare TOOLS BUILD_FLAGS AS_FLAGS LD_FLAGS COMPILE_FLAG...
compare() {
  local tools=$1 form step=func
  command -v "${tools}gcc" >/dev/null || { echo "there is no ${tools}gcc"; return; }
  rm -f ./*.o
  "${tools}gcc" -O2 -g0 -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables \
    "${@:5}" -c ./*.c
  [[ " ${*:5} " != *" -mthumb "* ]] || step=thumb
  # shellcheck disable=SC2054 # names with commas
  local options=(--prefix proof --section .text.proof --export proof_run,proof_fold
                 --import host_count,host_row,"host_step:$step")
  # shellcheck disable=SC2206 # flags are words
  options+=($2)
  cbundle build -o object.out "${options[@]}" -- ./*.o
  cbundle build -o text.s --emit asm "${options[@]}" -- ./*.o
  # shellcheck disable=SC2086 # flags are words
  "${tools}as" $3 -o text.out text.s
  for form in object text; do
    # shellcheck disable=SC2086
    "${tools}ld" $4 -e 0 -Ttext=0x2490000 --defsym host_count=0x24a0010 \
      --defsym host_row=0x24a1230 --defsym host_step=0x24a2340 -o $form.linked $form.out
    "${tools}objcopy" -O binary -j .text $form.linked $form.bin
  done
  # After the end, linkers and some assemblers pad the last word.
  local size=$((0x$(address_of proof_end object.linked) - 0x2490000))
  [ $size -gt 100 ] || fail "$tools: nothing was linked"
  cmp -n $size object.bin text.bin ||
    fail "$tools: the text gives other bytes than the object"
  tried=$((tried + 1))
}

tried=0
compare x86_64-linux-gnu- "" "" "" -fpic
compare aarch64-linux-gnu- "" "" "" -fpic
compare aarch64-linux-gnu- "" "" "" -fpic -mcmodel=tiny
compare riscv64-linux-gnu- "" "-march=rv64gc" --no-relax -fpic -mno-relax
compare riscv64-linux-gnu- "" "-march=rv32imac -mabi=ilp32" "-melf32lriscv --no-relax" \
  -march=rv32imac -mabi=ilp32 -fpic -mno-relax
# Without tail calls: a Thumb function gets a veneer for one, after the padding of the last word.
for state in -marm "-mthumb -fno-optimize-sibling-calls"; do
  # shellcheck disable=SC2086
  compare arm-linux-gnueabi- "" -march=armv7-a "" -fpic -march=armv7-a $state
  # shellcheck disable=SC2086
  compare arm-linux-gnueabi- "--mode selfreloc" -march=armv7-a "" -fno-pic -march=armv7-a $state
done
compare mips-linux-gnu- "--mode selfreloc" "" "" -fno-pic -mno-abicalls -G0
compare mipsel-linux-gnu- "--mode selfreloc" "" "" -fno-pic -mno-abicalls -G0
compare mipsel-linux-gnu- "--mode selfreloc" "" "" -fpic -mno-relax-pic-calls
compare mips64el-linux-gnuabi64- "--mode selfreloc" "" "" -fno-pic -mno-abicalls -G0
[ $tried -gt 0 ] || skip "none of the compilers is installed"
echo "$tried machines agree"
