/* Constant tables; with POINTERS, tables of pointers and data that is written to. */
#include "proof.h"

static const unsigned short weights[9] = {3, 1, 4, 1, 5, 9, 2, 6, 5};
static const unsigned char grid[3][4] = {{1, 2, 3, 4}, {50, 60, 70, 80}, {9, 99, 199, 255}};

unsigned looked_up(unsigned input) {
  const unsigned char* row = grid[input & 1] + 4;

  return weights[input & 7] * 1000u + row[input & 3] + weights[8];
}

#ifdef POINTERS

typedef unsigned (*step)(unsigned);

static unsigned doubled(unsigned x) { return x * 2; }
static unsigned squared(unsigned x) { return x * x; }

static const char* const names[] = {"north", "east", "south", "west"};
static const step steps[] = {doubled, squared, host_step, doubled};
static unsigned* const spots[] = {&host_row[5], &host_count, host_row, &host_row[7]};

/* A pointer at an odd address. */
static const struct __attribute__((packed)) {
  char mark;
  const char* text;
} packed[] = {{'!', "bang"}, {'?', "query"}, {'.', "stop"}, {',', "pause"}};

enum { at_first = 1000 };
static unsigned counts[2] = {at_first, at_first};
static unsigned* const cells[] = {&counts[0], &counts[1]};

unsigned through_pointers(unsigned way, unsigned input) {
  unsigned i = input & 3;

  switch (way) {
    case 0: return letters(names[i]) ^ steps[i](input);
    case 1: return *spots[i] + input;
    default: return letters(packed[i].text) + (unsigned char)packed[i].mark;
  }
}

/* The last input restores the first state, so that the tasks can run again. */
unsigned counted(unsigned more) {
  unsigned now = *cells[more & 1] += more + 1;

  if (more + 1 == proof_inputs) counts[0] = counts[1] = at_first;
  return now;
}

#else

unsigned through_pointers(unsigned way, unsigned input) { return letters("west") * way + input; }
unsigned counted(unsigned more) { return more * 11; }

#endif
