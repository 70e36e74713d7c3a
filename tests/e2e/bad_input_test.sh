#!/usr/bin/env bash
# Bad input is refused with a message and a status that fit, and nothing is written.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_32_bit_compiler
cd "$space"

flags="-fpic -ffreestanding -fno-asynchronous-unwind-tables -fno-stack-protector -O2 -g"
compile() { # NAME FLAGS <SOURCE
  # shellcheck disable=SC2086
  ${CC:-cc} $flags $2 -fcf-protection=none -xc -c -o "$1.o" -
}
compile good -m32 <<<'#pragma GCC visibility push(hidden)
  extern int phys; int run(void) { return phys; }'
compile again -m32 <<<'
  int run(void) { return 2; }'
compile wide -m64 <<<'int wide(void) { return 1; }'
compile data -m32 <<<'#pragma GCC visibility push(hidden)
  int counter = 3; int count(void) { return counter++; }'
compile table -m32 <<<'#pragma GCC visibility push(hidden)
  static int a(void) { return 1; } static int b(void) { return 2; }
  int (*const handlers[])(void) = { a, b };
  int call(unsigned i) { return handlers[i & 1](); }'
compile common "-m32 -fcommon" <<<'int pile[16]; int top(void) { return pile[0]; }'
compile open -m32 <<<'int visible; extern int elsewhere; int look(void) { return elsewhere; }'
compile locals -m32 <<<'__attribute__((noipa)) static int hidden_one(void) { return 1; }
  int use(void) { return hidden_one(); }'
head -c 200 good.o >cut.o
echo 'int main() {}' >text.o
: >empty.o

bundle() { cbundle build -o out.o "$@"; }
# refused STATUS WORDS ARGUMENT...
refused() {
  local status=$1 words=$2
  shift 2
  echo before >out.o
  exits "$status" bundle "$@"
  contains "$said" "$words"
  same "what stood there before" before "$(cat out.o)"
  same "files left behind" "" "$(find . -name '*out.o?*')"
}

refused 2 "no objects" --export run --
refused 1 "missing.o: No such file or directory" -- missing.o
refused 1 "text.o: error: not an ELF file" -- text.o
refused 1 "empty.o: error: the file is empty" -- empty.o
refused 1 "cut.o: error: invalid ELF file" -- cut.o
refused 1 "wide.o is for x86-64, but good.o is for i386" --import phys -- good.o wide.o
refused 1 "function 'run' uses undefined symbol 'phys' (good.o)" --export run -- good.o
contains "$said" "declare it with --import phys"
refused 1 "export 'ran' is not defined" --export ran --import phys -- good.o
contains "$said" "did you mean 'run'?"
refused 1 "export 'hidden_one' is static" --export hidden_one -- locals.o
refused 1 "import 'run' is also defined" --import phys,run:func -- good.o
refused 1 "<stdin>:2: error: variable 'counter' is writable data in section .data (data.o)" \
  --export count -- data.o
refused 1 "<stdin>:1: error: variable 'pile' is writable data (common.o)" --export top -- common.o
refused 1 "needs the absolute address of" --export call -- table.o
contains "$said" "<stdin>:3: error: variable 'handlers' needs the absolute address of 'a' (R_386_32"
contains "$said" "<stdin>:3: note: 1 more like it in 'handlers'"
refused 1 "from a global offset table" --export look --import elsewhere -- open.o
refused 1 "good.o is given twice" --export run --import phys -- good.o good.o
refused 1 "<stdin>:2: error: function 'run' is defined a second time, after <stdin>:2 in good.o" \
  --export run --import phys -- good.o again.o
refused 1 "no program" --linker no-such-ld --import phys -- good.o
refused 1 "none.lds: No such file" --script none.lds --import phys -- good.o
echo 'SECTIONS { .text : { *(.text) }' >torn.lds
refused 1 "torn.lds:" --script torn.lds --import phys -- good.o
refused 2 "invalid import kind 'fnc'" --import phys:fnc -- good.o
refused 2 "exprot" --exprot run -- good.o
refused 2 "the output good.o is also one of the objects" -o good.o --import phys -- good.o

# A file that may not be read; root reads everything, so only others can try.
if [ "$(id -u)" -ne 0 ]; then
  cp good.o secret.o && chmod 0 secret.o
  refused 1 "secret.o: Permission denied" --import phys -- secret.o
fi
exits 1 cbundle build -o nowhere/out.o --import phys -- good.o
contains "$said" "nowhere/out.o"

# Unused imports are warned of, on the first build and on a hit.
for _ in first again; do
  exits 0 bundle --export run --import phys,unused -- good.o
  contains "$said" "import 'unused' is declared but not used"
done
exits 0 bundle -q --export run --import phys,unused -- good.o
same "words when quiet" "" "$said"

# All problems at once, the same again.
exits 1 bundle --export run,absent -- good.o data.o table.o
first=$said
contains "$said" "uses undefined symbol 'phys'"
contains "$said" "variable 'counter' is writable data"
contains "$said" "needs the absolute address of"
contains "$said" "export 'absent' is not defined"
exits 1 bundle --export run,absent -- good.o data.o table.o
same "the words of a failure, again" "$first" "$said"
