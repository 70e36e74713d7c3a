# Checks the emitted object with readelf.
#
# Sourced by prove.sh, whose $mode and $granule it reads.
# shellcheck shell=bash disable=SC2154

# header FILE FIELD: "AArch64", of Machine; "0x5000200, Version5 EABI, soft-float ABI", of Flags.
header() { readelf -hW "$1" | sed -nE "s/^ *$2: *//p"; }

# symbol FILE NAME: its type, binding, visibility and size, in decimal.
symbol() {
  readelf -sW "$1" |
    awk -v name="$2" '$1 ~ /:$/ && $NF == name { print $4, $5, $6, $3; exit }'
}

# section FILE NAME: its flags, in letters, and its alignment.
section() {
  readelf -SW "$1" | sed -E 's/^ *\[ *[0-9]+\] *//' |
    awk -v name="$2" '$1 == name { print (NF == 10 ? $7 : ""), $NF; exit }'
}

# The largest alignment of the objects' loaded sections.
greatest_alignment() {
  readelf -SW "$@" | sed -nE 's/^ *\[ *[0-9]+\] *//p' |
    awk 'NF == 10 && $7 ~ /A/ && $NF > most { most = $NF } END { print most }'
}

# mapping FILE NAME: the mapping symbol at that symbol: $a, $t, $x, $d or none.
mapping() {
  local value type ndx name at=-1 in='' best=-1 found=none
  while read -r _ value _ type _ _ ndx name _; do
    [ "$name" = "$2" ] || continue
    at=$((16#$value)) in=$ndx
    [ "$type" != FUNC ] || [ "$bundle_machine" != ARM ] || at=$((at & ~1))  # bit 0 says Thumb
  done < <(readelf -sW "$1")
  while read -r _ value _ _ _ _ ndx name _; do
    [[ $name == '$'[atxd] && $ndx == "$in" ]] || continue
    value=$((16#$value))
    if [ $value -le $at ] && [ $value -ge $best ]; then best=$value found=$name; fi
  done < <(readelf -sW "$1")
  echo "$found"
}

# check_machine INPUT OUTPUT: an i386 bundle is emitted as an x86-64 object; others have the machine
# of the bundle's objects.
check_machine() {
  if [ "$(header "$1" Machine)" = "Intel 80386" ]; then
    same "the machine" "Advanced Micro Devices X86-64" "$(header "$2" Machine)"
    same "the machine's flags" 0x0 "$(header "$2" Flags)"
  else
    same "the class" "$(header "$1" Class)" "$(header "$2" Class)"
    same "the byte order" "$(header "$1" Data)" "$(header "$2" Data)"
    same "the machine" "$(header "$1" Machine)" "$(header "$2" Machine)"
    # lld adds to flags and attributes, and ld to those of clang.
    [ -z "${PROOF_LINKER:-}${PROOF_COMPILER:-}" ] || return 0
    same "the machine's flags" "$(header "$1" Flags)" "$(header "$2" Flags)"
    same "the attributes" "$(readelf -AW "$1")" "$(readelf -AW "$2")"
  fi
}

# check_symbols DIRECTORY OUTPUT
check_symbols() {
  local import
  same "proof_run" "$(symbol "$1/run.o" proof_run)" "$(symbol "$2" proof_run)"
  same "proof_fold" "$(symbol "$1/fold.o" proof_fold)" "$(symbol "$2" proof_fold)"
  same "proof_marks" "OBJECT GLOBAL HIDDEN 16" "$(symbol "$2" proof_marks)"
  contains "$(symbol "$2" proof_run)" "FUNC GLOBAL HIDDEN "
  for import in host_count host_row host_step; do
    contains "$import: $(symbol "$2" $import)" " GLOBAL HIDDEN 0"
  done
}

# check_mapping DIRECTORY OUTPUT: disassemblers, and linkers that fix errata, use these symbols.
check_mapping() {
  [ -z "${PROOF_COMPILER:-}" ] || return 0  # clang marks data where gcc does not
  local bundle_machine code data
  bundle_machine=$(header "$2" Machine)
  code=$(mapping "$1/run.o" proof_run)
  data=none
  [ "$code" = none ] || data=\$d
  same "what maps proof_run" "$code" "$(mapping "$2" proof_run)"
  same "what maps proof_fold" "$code" "$(mapping "$2" proof_fold)"
  same "what maps proof_marks" "$data" "$(mapping "$2" proof_marks)"
}

# check_object DIRECTORY: checks out/proof.o, the bundle of the objects there. Sets moves_by.
check_object() {
  local output=$1/out/proof.o flags=AX
  [ "$mode" = pic ] || flags=WAX
  check_machine "$1/run.o" "$output"
  check_symbols "$1" "$output"
  [ "$(header "$1/run.o" Machine)" = "Intel 80386" ] || check_mapping "$1" "$output"
  moves_by=$(greatest_alignment "$1"/*.o)
  [ "$moves_by" -ge "$granule" ] || moves_by=$granule
  same "flags and alignment of .proof" "$flags $moves_by" "$(section "$output" .proof)"
  if [ "$mode" = selfreloc ]; then
    contains "$(section "$output" .proof.fixups)" "A "
    contains "$(symbol "$output" proof_fixups)" "OBJECT GLOBAL HIDDEN"
  fi
}
