// Printing by the host's early_putc, before there is a console.
#include "boot.h"

static void put_text(const char* text) {
  while (*text) early_putc(*text++);
}

static void put_decimal(uint32_t value) {
  char digits[11];
  char* at = digits + sizeof(digits);

  *--at = 0;
  do *--at = (char)('0' + value % 10);
  while (value /= 10);
  put_text(at);
}

static void put_hex(uint64_t value) {
  static const char digits[16] = "0123456789abcdef";
  int shift = 60;

  put_text("0x");
  while (shift && !(value >> shift & 15)) shift -= 4;
  for (; shift >= 0; shift -= 4) early_putc(digits[value >> shift & 15]);
}

static void put_size(uint64_t bytes) {
  static const char units[5][4] = {"B", "KiB", "MiB", "GiB", "TiB"};
  unsigned unit = 0;

  while (unit < 4 && bytes && !(bytes & 1023)) {
    bytes >>= 10;
    unit++;
  }
  while (unit < 4 && bytes >> 20) {
    bytes >>= 10;
    unit++;
  }
  put_decimal((uint32_t)bytes);
  early_putc(' ');
  put_text(units[unit]);
}

// %s text, %c character, %u 32 bits, %x 64 bits in hex, %z 64 bits as a size, %%.
void early_print(const char* format, ...) {
  va_list arguments;

  va_start(arguments, format);
  for (; *format; format++) {
    if (*format != '%') {
      early_putc(*format);
      continue;
    }
    switch (*++format) {
      case 's': put_text(va_arg(arguments, const char*)); break;
      case 'c': early_putc((char)va_arg(arguments, int)); break;
      case 'u': put_decimal(va_arg(arguments, uint32_t)); break;
      case 'x': put_hex(va_arg(arguments, uint64_t)); break;
      case 'z': put_size(va_arg(arguments, uint64_t)); break;
      case '%': early_putc('%'); break;
      case 0: format--; break;
    }
  }
  va_end(arguments);
}
