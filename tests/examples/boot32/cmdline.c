// The command line: words with values, quotes, sizes and switches; unknown ones are counted.
#include "boot.h"

enum { word_max = 96 };

enum option_kind {
  kind_switch,   // smp, no-smp, smp=off
  kind_number,   // baud=115200
  kind_size,     // mem=512M
  kind_text,     // root="LABEL=boot disk"
  kind_level,    // loglevel=warning, loglevel=3
  kind_console,  // console=serial,9600
  kind_screen,   // video=1280x1024x32
  kind_region,   // crashkernel=64M@16M
};

struct option {
  // The text itself: a pointer would be an absolute address, which a bundle cannot contain.
  char name[14];
  uint8_t kind;
  uint8_t member;  // offset in struct boot_options
};

#define OPTION(name, kind, member) \
  { name, kind, offsetof(struct boot_options, member) }

static const struct option options[] = {
    OPTION("acpi", kind_switch, acpi),
    OPTION("baud", kind_number, baud),
    OPTION("console", kind_console, console),
    OPTION("crashkernel", kind_region, crash_size),
    OPTION("loglevel", kind_level, log_level),
    OPTION("mem", kind_size, memory_limit),
    OPTION("quiet", kind_switch, quiet),
    OPTION("root", kind_text, root),
    OPTION("smp", kind_switch, smp),
    OPTION("trampoline", kind_number, trampoline_size),
    OPTION("video", kind_screen, width),
};

struct keyword {
  char name[8];
  uint32_t value;
};

static const struct keyword switch_words[] = {
    {"on", 1},  {"yes", 1}, {"true", 1},  {"enable", 1},  {"1", 1},
    {"off", 0}, {"no", 0},  {"false", 0}, {"disable", 0}, {"0", 0},
};

static const struct keyword level_words[] = {
    {"none", 0}, {"error", 1}, {"warning", 2}, {"info", 3}, {"debug", 4}, {"all", 5},
};

static const struct keyword console_words[] = {
    {"vga", console_vga},
    {"serial", console_serial},
    {"ttyS0", console_serial},
    {"none", console_none},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Removes the next word from `line`, without its quotes. False at the end.
static bool next_word(const char** line, char* word) {
  const char* at = *line;
  char quote = 0;
  size_t used = 0;

  while (is_blank(*at)) at++;
  if (!*at) return false;
  for (; *at && (quote || !is_blank(*at)); at++) {
    if (*at == quote) {
      quote = 0;
      continue;
    }
    if (!quote && (*at == '"' || *at == '\'')) {
      quote = *at;
      continue;
    }
    if (*at == '\\' && at[1] && quote != '\'') at++;
    if (used < word_max - 1) word[used++] = *at;
  }
  word[used] = 0;
  if (quote) early_print("a quote is left open: %c\n", quote);
  *line = at;
  return true;
}

// Sets `value` to what the first `length` letters of `text` mean.
static bool find_keyword(const struct keyword* words, size_t count, const char* text, size_t length,
                         uint32_t* value) {
  for (; count; words++, count--)
    if (!strncmp(words->name, text, length) && !words->name[length]) {
      *value = words->value;
      return true;
    }
  return false;
}

static bool take_switch(const char* text, bool negated, uint32_t* member) {
  uint32_t on = 1;

  if (text && !find_keyword(switch_words, COUNT(switch_words), text, strlen(text), &on))
    return false;
  *member = on ^ negated;
  return true;
}

static bool take_number(const char* text, uint32_t* member) {
  uint64_t number;

  if (!read_size(&text, &number) || *text || number > UINT32_MAX) return false;
  *member = (uint32_t)number;
  return true;
}

static bool take_size(const char* text, uint64_t* member) {
  uint64_t size;

  if (!read_size(&text, &size) || *text) return false;
  *member = size;
  return true;
}

static bool take_level(const char* text, uint32_t* member) {
  if (find_keyword(level_words, COUNT(level_words), text, strlen(text), member)) return true;
  return take_number(text, member) && *member < COUNT(level_words);
}

// NAME or NAME,BAUD
static bool take_console(const char* text, uint32_t* member) {
  size_t length = 0;

  while (text[length] && text[length] != ',') length++;
  if (!find_keyword(console_words, COUNT(console_words), text, length, member)) return false;
  return !text[length] || take_number(text + length + 1, &boot_options.baud);
}

// WIDTHxHEIGHT or WIDTHxHEIGHTxDEPTH; `member` is the first of the three.
static bool take_screen(const char* text, uint16_t* member) {
  uint64_t sides[3] = {0, 0, member[2]};
  unsigned given = 0;

  do {
    if (given == COUNT(sides) || !read_number(&text, &sides[given]) || sides[given] > UINT16_MAX)
      return false;
    given++;
  } while (*text++ == 'x');
  if (text[-1] || given < 2) return false;
  for (given = 0; given < COUNT(sides); given++) member[given] = (uint16_t)sides[given];
  return true;
}

// SIZE or SIZE@START; `member` is the size, and the start follows it.
static bool take_region(const char* text, uint64_t* member) {
  uint64_t size, start = 0;

  if (!read_size(&text, &size)) return false;
  if (*text == '@' && (++text, !read_size(&text, &start))) return false;
  if (*text) return false;
  member[0] = size;
  member[1] = start;
  return true;
}

static bool take_option(const struct option* option, const char* text, bool negated) {
  void* member = (char*)&boot_options + option->member;

  if (option->kind != kind_switch && (negated || !text)) return false;
  switch (option->kind) {
    case kind_switch: return take_switch(text, negated, member);
    case kind_number: return take_number(text, member);
    case kind_size: return take_size(text, member);
    case kind_text: return copy_text(member, sizeof(boot_options.root), text);
    case kind_level: return take_level(text, member);
    case kind_console: return take_console(text, member);
    case kind_screen: return take_screen(text, member);
    case kind_region: return take_region(text, member);
    default: return false;
  }
}

static const struct option* find_option(const char* name) {
  size_t at;

  for (at = 0; at < COUNT(options); at++)
    if (!strcmp(options[at].name, name)) return &options[at];
  return NULL;
}

// Cuts `word` at its first '=' and returns what follows, or NULL.
static char* split_value(char* word) {
  for (; *word; word++)
    if (*word == '=') {
      *word = 0;
      return word + 1;
    }
  return NULL;
}

static bool take_word(char* word) {
  bool negated = !strncmp(word, "no-", 3);
  const char* text = split_value(word);
  const struct option* option = find_option(negated ? word + 3 : word);

  if (!option) {
    boot_options.unknown++;
    early_print("option '%s' is unknown\n", word);
    return false;
  }
  if (!take_option(option, text, negated)) {
    boot_options.bad++;
    early_print("option '%s' cannot be '%s'\n", word, text ? text : "");
    return false;
  }
  return true;
}

unsigned parse_command_line(const char* line) {
  char word[word_max];
  unsigned understood = 0;

  while (next_word(&line, word)) {
    if (!strcmp(word, "--"))  // the rest is for the program that is started
      break;
    understood += take_word(word);
  }
  return understood;
}
