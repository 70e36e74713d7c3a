// Strings, bytes and numbers, without a C library.
#include "boot.h"

void* memcpy(void* to, const void* from, size_t size) {
  void* at = to;

  asm volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
  return to;
}

void* memmove(void* to, const void* from, size_t size) {
  unsigned char* last = (unsigned char*)to + size - 1;
  const unsigned char* from_last = (const unsigned char*)from + size - 1;

  if ((uintptr_t)to - (uintptr_t)from >= size) return memcpy(to, from, size);
  asm volatile("std; rep movsb; cld" : "+D"(last), "+S"(from_last), "+c"(size) : : "memory");
  return to;
}

void* memset(void* to, int byte, size_t size) {
  void* at = to;

  asm volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(byte) : "memory");
  return to;
}

size_t strlen(const char* text) {
  size_t length = 0;

  while (text[length]) length++;
  return length;
}

int strncmp(const char* a, const char* b, size_t most) {
  for (; most; a++, b++, most--)
    if (*a != *b || !*a) return (unsigned char)*a - (unsigned char)*b;
  return 0;
}

int strcmp(const char* a, const char* b) { return strncmp(a, b, SIZE_MAX); }

bool copy_text(char* to, size_t room, const char* from) {
  size_t length = strlen(from);
  bool fits = length < room;

  if (!fits) length = room - 1;
  memcpy(to, from, length);
  memset(to + length, 0, room - length);
  return fits;
}

// The value of a digit; 255 for what is none.
static unsigned digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if ((c | 32) >= 'a' && (c | 32) <= 'f') return (c | 32) - 'a' + 10;
  return 255;
}

static unsigned base_of(const char** text) {
  const char* at = *text;

  if (at[0] != '0') return 10;
  if ((at[1] | 32) == 'x' && digit_of(at[2]) < 16) {
    *text += 2;
    return 16;
  }
  return digit_of(at[1]) < 8 ? 8 : 10;
}

bool read_number(const char** text, uint64_t* value) {
  unsigned base = base_of(text);
  // A division of 64 bits would ask for a helper of the compiler's library.
  uint64_t most = base == 10 ? UINT64_MAX / 10 : base == 16 ? UINT64_MAX / 16 : UINT64_MAX / 8;
  const char* at = *text;
  uint64_t sum = 0;
  unsigned digit;

  for (; (digit = digit_of(*at)) < base; at++) {
    if (sum > most || sum * base > UINT64_MAX - digit) return false;
    sum = sum * base + digit;
  }
  if (at == *text) return false;
  *text = at;
  *value = sum;
  return true;
}

static unsigned shift_of(char suffix) {
  switch (suffix | 32) {
    case 'k': return 10;
    case 'm': return 20;
    case 'g': return 30;
    case 't': return 40;
    default: return 0;
  }
}

bool read_size(const char** text, uint64_t* value) {
  uint64_t number;
  unsigned shift;

  if (!read_number(text, &number)) return false;
  shift = shift_of(**text);
  if (shift) ++*text;
  if (number << shift >> shift != number) return false;
  *value = number << shift;
  return true;
}
