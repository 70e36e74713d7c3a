// Runs commands alternately, in rounds of random order, and prints their medians.
//
//   race ROUNDS <PLAN
//
// Each line of the plan is NAME <tab> PREPARE <tab> COMMAND. Arguments are separated by blanks, ";"
// separates commands that run in sequence, and {n} is the number of the round, from 0; the first
// tenth of the rounds, at least two, is for warming up. PREPARE may be empty and is not timed. A
// time is from the start of the first process to the end of the last. Prints NAME, median ms, 90th
// percentile ms and peak RSS in KB, separated by tabs. A peak is at least that of this program,
// which a new process starts with.
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

enum { runners_max = 32, words_max = 256, line_max = 16384 };

struct runner {
  char* name;
  char* prepare;
  char* command;
  double* times;  // ms, one for each round that counts
  long peak;      // KB
};

static struct runner runners[runners_max];
static int runner_count;
static posix_spawn_file_actions_t quiet;

static double now(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void die(const char* what, const char* why) {
  fprintf(stderr, "race: %s: %s\n", what, why);
  exit(2);
}

// Runs one command and returns its peak.
static long run(char** words) {
  struct rusage usage;
  int status, error;
  pid_t child;

  error = posix_spawnp(&child, words[0], &quiet, NULL, words, environ);
  if (error) die(words[0], strerror(error));
  if (wait4(child, &status, 0, &usage) != child) die(words[0], "lost");
  if (status != 0) die(words[0], "failed");
  return usage.ru_maxrss;
}

// Writes `text` with {n} replaced.
static void number(const char* text, int n, char* to) {
  char* end = to + line_max - 16;

  while (*text && to < end) {
    if (strncmp(text, "{n}", 3)) {
      *to++ = *text++;
    } else {
      to += sprintf(to, "%d", n);
      text += 3;
    }
  }
  *to = 0;
}

// Splits `line` at its blanks. Each ";" becomes a NULL, and two follow the last argument.
static void split(char* line, char** words) {
  int count = 0;
  char* word;

  for (word = strtok(line, " "); word; word = strtok(NULL, " ")) {
    if (count == words_max) die(words[0], "has too many words");
    words[count++] = strcmp(word, ";") ? word : NULL;
  }
  words[count] = words[count + 1] = NULL;
}

// Runs commands in sequence. Adds their time to `time`, and returns their peak.
static long run_all(const char* text, int n, double* time) {
  static char line[line_max];
  static char* words[words_max + 2];
  char** at = words;
  long peak = 0;
  double began;

  number(text, n, line);
  split(line, words);
  began = now();
  while (*at) {
    long one = run(at);

    if (one > peak) peak = one;
    while (*at) at++;
    at++;
  }
  *time += now() - began;
  return peak;
}

static char* field_of(char** line) {
  char* field = strsep(line, "\t\n");

  if (!field) die("plan", "a line has fewer than three fields");
  return strdup(field);
}

static void read_plan(int rounds) {
  static char line[line_max];

  while (fgets(line, sizeof(line), stdin)) {
    struct runner* runner = &runners[runner_count++];
    char* rest = line;

    if (runner_count == runners_max) die("plan", "has too many lines");
    runner->name = field_of(&rest);
    runner->prepare = field_of(&rest);
    runner->command = field_of(&rest);
    runner->times = calloc((size_t)rounds, sizeof(double));
  }
}

static void shuffle(int* order) {
  int at, other, kept;

  for (at = 0; at < runner_count; at++) order[at] = at;
  for (at = runner_count - 1; at > 0; at--) {
    other = rand() % (at + 1);
    kept = order[at];
    order[at] = order[other];
    order[other] = kept;
  }
}

static void run_round(int n, int warm_up) {
  int order[runners_max], at;

  shuffle(order);
  for (at = 0; at < runner_count; at++) {
    struct runner* runner = &runners[order[at]];
    double ignored = 0, time = 0;
    long peak;

    run_all(runner->prepare, n, &ignored);
    peak = run_all(runner->command, n, &time);
    if (peak > runner->peak) runner->peak = peak;
    if (n >= warm_up) runner->times[n - warm_up] = time;
  }
}

static int by_size(const void* a, const void* b) {
  double x = *(const double*)a, y = *(const double*)b;

  return (x > y) - (x < y);
}

int main(int argc, char** argv) {
  int rounds = argc == 2 ? atoi(argv[1]) : 0;
  int warm_up = rounds / 10 > 2 ? rounds / 10 : 2;
  int n;

  if (rounds <= warm_up) die("usage", "race ROUNDS <PLAN, with three rounds or more");
  read_plan(rounds);
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
  for (n = 0; n < rounds; n++) run_round(n, warm_up);
  for (n = 0; n < runner_count; n++) {
    struct runner* runner = &runners[n];
    int counted = rounds - warm_up;

    qsort(runner->times, (size_t)counted, sizeof(double), by_size);
    printf("%s\t%.3f\t%.3f\t%ld\n", runner->name, runner->times[counted / 2],
           runner->times[counted * 9 / 10], runner->peak);
  }
  return 0;
}
