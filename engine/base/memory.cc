#include "engine/base/memory.h"

#include <malloc.h>

namespace cbundle {

void keep_freed_memory() {
  constexpr int max_kept = 32 << 20;  // bytes: glibc takes no higher threshold
  constexpr int kept_in_all = 256 << 20;
  ::mallopt(M_MMAP_THRESHOLD, max_kept);     // NOLINT(concurrency-mt-unsafe): no thread has begun
  ::mallopt(M_TRIM_THRESHOLD, kept_in_all);  // NOLINT(concurrency-mt-unsafe): nor here
}

void return_freed_memory() { ::malloc_trim(0); }

}  // namespace cbundle
