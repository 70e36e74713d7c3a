/* An export that loops, an export that is data, and a function that calls itself. */
#include "proof.h"

const unsigned proof_marks[4] = {0x600d, 0xfeed, 0xbeef, 0xcafe};

unsigned proof_fold(unsigned seed, unsigned count) {
  unsigned i;

  for (i = 0; i < count; i++) {
    seed = (seed << 5 | seed >> 27) ^ proof_marks[i & 3] ^ i;
    if (seed & 1) seed *= 2654435761u;
  }
  return seed;
}

unsigned climb(unsigned height, unsigned seed) {
  if (height == 0) return seed;
  return climb(height - 1, seed * 3 + height) ^ climb(height >> 1, seed + 1);
}
