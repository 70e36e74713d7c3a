/* Runs a bundle where it was linked and in two copies, and compares each with the reference. */
#include "cbundle_fixups.h"
#include "proof.h"

/* start/MACHINE.S */
unsigned enter(const void* function, unsigned first, unsigned second);
void write_out(const char* text, unsigned long size);
void leave(int status) __attribute__((noreturn));

/* host.lds: the bundle and its imports beside it; the alignment of a copy. */
extern char region_start[], region_end[];
extern const unsigned granule;

extern char proof_start[], proof_end[];
#ifdef POINTERS
extern const struct cbundle_fixup proof_fixups[], proof_fixups_end[];
#endif

unsigned reference_run(unsigned task, unsigned input);
unsigned reference_fold(unsigned seed, unsigned count);
extern const unsigned reference_marks[4];
extern unsigned reference_count, reference_row[8];

enum { wiped = 0xff }; /* no instruction of any machine here begins so */

static char rooms[2][10 * 65536];

static void say(const char* text) {
  unsigned long size = 0;

  while (text[size]) size++;
  write_out(text, size);
}

static void say_hex(unsigned long number) {
  char text[2 * sizeof number + 1];
  char* at = text + sizeof text - 1;

  *at = 0;
  do *--at = "0123456789abcdef"[number & 15];
  while (number >>= 4);
  say(at);
}

/* The address of something in the region, in the copy at `base`. */
static void* moved(const void* what, char* base) {
  return base + ((const char*)what - region_start);
}

static int differs(const char* what, unsigned with, unsigned got, unsigned want) {
  if (got == want) return 0;
  say("  ");
  say(what);
  say(" of ");
  say_hex(with);
  say(" gives ");
  say_hex(got);
  say(", the reference ");
  say_hex(want);
  say("\n");
  return 1;
}

static int compare_tasks(char* base) {
  const void* run = moved((const void*)(uintptr_t)proof_run, base);
  unsigned* count = moved(&host_count, base);
  unsigned task, input;
  int bad = 0;

  *count = reference_count = 100;
  for (task = 0; task < proof_tasks; task++) {
    for (input = 0; input < proof_inputs; input++) {
      unsigned want = reference_run(task, input);
      bad += differs("task", task * 16 + input, enter(run, task, input), want);
    }
  }
  return bad + differs("the count", 0, *count, reference_count);
}

static int check(const char* what, char* base) {
  const void* fold = moved((const void*)(uintptr_t)proof_fold, base);
  const unsigned* marks = moved(proof_marks, base);
  const unsigned* row = moved(host_row, base);
  unsigned i;
  int bad = compare_tasks(base);

  for (i = 0; i < 50; i += 7) bad += differs("fold", i, enter(fold, i, i), reference_fold(i, i));
  for (i = 0; i < 4; i++) bad += differs("mark", i, marks[i], reference_marks[i]);
  for (i = 0; i < 8; i++) bad += differs("row", i, row[i], reference_row[i]);
  say(what);
  say_hex((unsigned long)base);
  say(bad ? ": wrong\n" : ": as the reference\n");
  return bad;
}

static char* copy_to(char* to) {
  long size = region_end - region_start;
  long i;

  for (i = 0; i < size; i++) ((volatile char*)to)[i] = region_start[i];
#if defined(POINTERS) && !defined(WITHOUT_FIXUPS)
  if (cbundle_apply(to, (uintptr_t)to - (uintptr_t)region_start, proof_fixups, proof_fixups_end)) {
    say("the table of fixups has a kind that the header does not know\n");
    leave(1);
  }
#endif
  return to;
}

static void wipe(void) {
  volatile char* at;

  for (at = region_start; at != region_end; at++) *at = (char)wiped;
}

static int was_touched(void) {
  const volatile char* at;

  for (at = region_start; at != region_end; at++) {
    if (*at != (char)wiped) return differs("the original, at", (unsigned)(at - region_start), 1, 0);
  }
  return 0;
}

void host_main(void) {
  uintptr_t pair = 2 * (uintptr_t)granule;
  char* first = rooms[0] + (-(uintptr_t)rooms[0] & (pair - 1)) + granule;
  char* second = rooms[1] + (-(uintptr_t)rooms[1] & (pair - 1)) + 3 * granule;
  int bad = ((uintptr_t)proof_start & (granule - 1)) != 0 || &proof_start[0] != &region_start[0];

  if (bad || second + (region_end - region_start) > rooms[1] + sizeof rooms[1]) {
    say("the region is not what this host expects\n");
    leave(1);
  }
  copy_to(first);
  copy_to(second);
  bad += check("linked at ", region_start);
  wipe();
  bad += check("copied to ", first);
  bad += check("copied to ", second);
  bad += was_touched();
  leave(bad != 0);
}
