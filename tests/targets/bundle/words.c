/* String literals, chosen by a switch: a jump table or a chain of literals. */
#include "proof.h"

const char* word_for(unsigned input) {
  switch (input) {
    case 0: return "zero";
    case 1: return "one way";
    case 2: return "two by two";
    case 3: return "three";
    case 4: return "fourteen";
    case 5: return "five and more";
    case 6: return "sixty";
    default: return "many";
  }
}

unsigned letters(const char* text) {
  unsigned sum = 5381;

  while (*text) sum = sum * 33 + (unsigned char)*text++;
  return sum;
}
