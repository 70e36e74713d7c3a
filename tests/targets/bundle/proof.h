/* The test bundle of all targets: its exports, its imports, and what its files share. */
#ifndef PROOF_H
#define PROOF_H

/* The reference in the same host is the same sources with other names. */
#ifdef REFERENCE
#define proof_run reference_run
#define proof_fold reference_fold
#define proof_marks reference_marks
#define climb reference_climb
#define counted reference_counted
#define letters reference_letters
#define looked_up reference_looked_up
#define through_pointers reference_through_pointers
#define word_for reference_word_for
#define host_count reference_count
#define host_row reference_row
#define host_step reference_step
#endif

enum { proof_tasks = 16, proof_inputs = 9 };

#pragma GCC visibility push(hidden)

/* Exports. */
unsigned proof_run(unsigned task, unsigned input);
unsigned proof_fold(unsigned seed, unsigned count);
extern const unsigned proof_marks[4];

/* Imports. */
extern unsigned host_count;
extern unsigned host_row[8];
unsigned host_step(unsigned x);

/* Between the bundle's files. */
unsigned climb(unsigned height, unsigned seed);
unsigned counted(unsigned more);
unsigned letters(const char* text);
unsigned looked_up(unsigned input);
unsigned through_pointers(unsigned way, unsigned input);
const char* word_for(unsigned input);

#pragma GCC visibility pop

#endif
