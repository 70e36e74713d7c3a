#include "engine/store/page_cache.h"

#include <cstddef>

namespace cbundle {

void PageCache::on_written(const Digest& digest, const Blob& blob) {
  constexpr std::size_t large = 1 << 20;
  if (blob.size() < large) return;
  files_.start_writeback(digest);
  std::vector<Large> dropped;
  {
    auto unread = unread_.lock();
    std::erase_if(*unread, [&](const Large& result) {
      if (result.digest == digest) return true;
      if (result.bytes.expired()) dropped.push_back(result);
      return result.bytes.expired();
    });
    unread->push_back({digest, blob.lifetime()});
  }
  for (const Large& result : dropped) files_.drop_page_cache(result.digest);
}

void PageCache::on_found(const Digest& digest) {
  std::erase_if(*unread_.lock(), [&](const Large& result) { return result.digest == digest; });
}

}  // namespace cbundle
