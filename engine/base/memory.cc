#include "engine/base/memory.h"

#include <malloc.h>

namespace cbundle {

void keep_freed_memory() {
  constexpr int enough = 256 << 20;     // bytes
  ::mallopt(M_MMAP_THRESHOLD, enough);  // NOLINT(concurrency-mt-unsafe): no thread has begun
  ::mallopt(M_TRIM_THRESHOLD, enough);  // NOLINT(concurrency-mt-unsafe): nor here
}

void return_freed_memory() { ::malloc_trim(0); }

}  // namespace cbundle
