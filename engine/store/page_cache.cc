#include "engine/store/page_cache.h"

#include <algorithm>
#include <cstddef>
#include <functional>

namespace cbundle {

void PageCache::on_written(const Digest& digest, const Blob& blob) {
  constexpr std::size_t large = 1 << 20;
  if (blob.size() < large) return;
  files_.start_writeback(digest);
  unread_.lock()->push_back({digest, blob.lifetime()});
}

void PageCache::on_found(const Digest& digest) {
  std::erase_if(*unread_.lock(), [&](const Large& result) { return result.digest == digest; });
}

bool PageCache::can_drop() { return std::ranges::any_of(*unread_.lock(), &Large::is_unused); }

void PageCache::drop() {
  std::vector<Large> unused;
  {
    auto unread = unread_.lock();
    // Not std::ranges, whose subrange clang 14 does not compile with libstdc++ 12.
    const auto first =
        std::partition(unread->begin(), unread->end(), std::not_fn(&Large::is_unused));
    unused.assign(first, unread->end());
    unread->erase(first, unread->end());
  }
  for (const Large& result : unused) files_.drop_page_cache(result.digest);
}

}  // namespace cbundle
