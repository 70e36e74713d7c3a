/* The bundle's imports; compiled once for the bundle and once for the reference. */
#include "proof.h"

unsigned host_count = 100;
unsigned host_row[8] = {11, 22, 33, 44, 55, 66, 77, 88};

/* A host that calls code of another instruction set has this in assembly, for the bundle. */
#if defined(REFERENCE) || !defined(STEP_IN_ASSEMBLY)
unsigned host_step(unsigned x) { return x * 5 + 1; }
#endif
