#!/usr/bin/env bash
# The header for hosts is C99 and C++, needs no library, and applies each kind of fixup correctly.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
cd "$space"

source=$CBUNDLE_SOURCE/tests/targets/fixup_kinds.c
warnings=(-Wall -Wextra -Wconversion -Werror -I "$CBUNDLE_SOURCE/client/integration")
freestanding=(-ffreestanding -fno-stack-protector -fno-pic)

"${CC:-cc}" -std=c99 -pedantic "${warnings[@]}" -o c99 "$source"
./c99
"${CXX:-c++}" -std=c++11 -pedantic "${warnings[@]}" -o cxx -x c++ "$source"
./cxx

printf '%s\n' '#include "cbundle_fixups.h"' \
  'int move(void *to, uintptr_t distance, const struct cbundle_fixup *from,' \
  '         const struct cbundle_fixup *end) { return cbundle_apply(to, distance, from, end); }' \
  >alone.c
for level in -O0 -Os -O2; do
  "${CC:-cc}" -std=c99 "${warnings[@]}" "${freestanding[@]}" $level -c alone.c
  same "undefined symbols of the header at $level" "" "$(nm -u alone.o)"
done

if echo 'int main(void) { return 0; }' | "${CC:-cc}" -m32 -xc -o probe - 2>/dev/null; then
  "${CC:-cc}" -m32 -std=c99 -pedantic "${warnings[@]}" -o c99_32 "$source"
  ./c99_32
fi
