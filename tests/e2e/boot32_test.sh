#!/usr/bin/env bash
# The example bundle builds with make, works at any address, and is rebuilt after edits.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_32_bit_compiler

cp -r "$CBUNDLE_SOURCE/tests/examples/boot32" "$space/boot32"
cd "$space/boot32"

# stages_of_make [ARGUMENT...]: makes boot32.o and prints the stages of cbundle.
stages_of_make() {
  make -s CBUNDLE_FLAGS=--json boot32.o "$@" >"$space/json" || fail "make failed"
  json_stages <"$space/json"
}

# ran STAGES: whether that stage is among those that ran.
ran() { grep -qx "$1 ran" <<<"$stages"; }

stages=$(stages_of_make)
for stage in partial layout-a layout-b combine emit; do
  ran $stage || fail "a first build did not run $stage:"$'\n'"$stages"
done
cp boot32.o first.o
same "make with nothing to do" "" "$(make -s CBUNDLE_FLAGS=--json boot32.o)"

rm boot32.o
same "stages of the same again" "bundle hit" "$(stages_of_make)"
cmp boot32.o first.o || fail "the cached bundle differs"

make -s HOST=low BASE=0x400000
make -s HOST=high BASE=0x20000000
status=0
./low >low.txt || status=$?
[ $status -ne 77 ] || skip "this machine runs no 32-bit code"
same "exit status of the program" 0 $status
./high >high.txt
diff -u expected.txt low.txt || fail "linked at 0x400000, it found something else"
diff -u expected.txt high.txt || fail "linked at 0x20000000, it found something else"

sed -i "s/is unknown/is news to me/" cmdline.c
stages=$(stages_of_make)
for stage in partial layout-a layout-b combine emit; do
  ran $stage || fail "after an edit, $stage did not run:"$'\n'"$stages"
done
make -s
sed "s/is unknown/is news to me/" expected.txt | diff -u - <(./host) || fail "the edit is lost"

# Undo the edit: all results are cached.
sed -i "s/is news to me/is unknown/" cmdline.c
stages=$(stages_of_make)
if ran partial; then fail "the first version is not cached:"$'\n'"$stages"; fi
cmp boot32.o first.o || fail "the bundle of the first version differs"

# The template is equal to the built-in script, but one of its layouts has an additional check.
touch cmdline.o
stages=$(stages_of_make SCRIPT=boot32.lds.S)
ran layout-a || fail "another script ran no layout:"$'\n'"$stages"
sed -i 's/^#define ROOM .*/#define ROOM 0x9000/' boot32.lds.S
stages=$(stages_of_make SCRIPT=boot32.lds.S)
ran layout-b || fail "an edit of layout B's script did not run it:"$'\n'"$stages"
if ran layout-a; then fail "an edit of layout B's script ran layout A:"$'\n'"$stages"; fi
sed -i 's/^#define ROOM .*/#define ROOM 16/' boot32.lds.S
exits 2 make -s SCRIPT=boot32.lds.S
contains "$said" "boot32 has outgrown the room"
