/* The source of the seeds of combine_fuzz: a few relocations of each kind that compilers emit. */
#pragma GCC visibility push(hidden)

/* Imports. */
extern unsigned host_count;
extern unsigned host_row[8];
unsigned host_step(unsigned x);

/* Exports. */
unsigned seed_run(unsigned x);
extern const unsigned short seed_marks[4];

const unsigned short seed_marks[4] = {3, 1, 4, 1};

static __attribute__((noinline)) unsigned letters(const char* text) {
  unsigned sum = 0;

  while (*text) sum = sum * 33 + (unsigned char)*text++;
  return sum;
}

#ifdef POINTERS
static unsigned calls;
static const char* const names[] = {"north", "east"};
static unsigned* const spots[] = {&host_row[5], &calls};

static unsigned through_pointers(unsigned x) { return ++*spots[x & 1] + letters(names[x & 1]); }
#else
static unsigned through_pointers(unsigned x) { return letters(x ? "north" : "east"); }
#endif

unsigned seed_run(unsigned x) {
  host_count += seed_marks[x & 3] + host_row[7];
  if (x & 8) return host_step(x);
  return host_step(through_pointers(x)) + 1;
}
