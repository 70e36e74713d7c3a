#include "engine/base/memory.h"

#include <malloc.h>

namespace cbundle {

void keep_freed_memory() {
  constexpr int max_kept = 32 << 20;  // bytes, glibc's maximum
  constexpr int max_kept_total = 256 << 20;
  ::mallopt(M_MMAP_THRESHOLD, max_kept);  // NOLINT(concurrency-mt-unsafe): no thread has started
  ::mallopt(M_TRIM_THRESHOLD, max_kept_total);  // NOLINT(concurrency-mt-unsafe)
}

void return_freed_memory() { ::malloc_trim(0); }

}  // namespace cbundle
