#include "engine/store/reopening_store.h"

#include <utility>

namespace cbundle {

void ReopeningStore::try_again() {
  if (is_open_) return;
  {
    const auto next_try = next_try_.lock();
    if (clock_.now() < *next_try) return;
    *next_try = clock_.now() + interval;
  }
  std::shared_ptr<Store> opened = open_();
  if (!opened) return;
  *current_.lock() = std::move(opened);
  is_open_ = true;
}

Result<std::optional<Entry>> ReopeningStore::find(const StageKey& key) {
  try_again();
  return current()->find(key);
}

Result<std::optional<Blob>> ReopeningStore::load(const Digest& digest) {
  return current()->load(digest);
}

Result<void> ReopeningStore::put(const StageKey& key, const Entry& entry, const Blob& blob) {
  return current()->put(key, entry, blob);
}

Result<std::optional<std::string>> ReopeningStore::note(const StageKey& key) {
  return current()->note(key);
}

Result<void> ReopeningStore::put_note(const StageKey& key, std::string text) {
  return current()->put_note(key, std::move(text));
}

void ReopeningStore::count(std::string_view name, std::uint64_t by) { current()->count(name, by); }

Result<Counters> ReopeningStore::counters() { return current()->counters(); }

void ReopeningStore::zero_counters() { current()->zero_counters(); }

Result<void> ReopeningStore::flush() { return current()->flush(); }

Result<std::uint64_t> ReopeningStore::trim(std::uint64_t max_bytes, const OnTrimmed& on_progress) {
  return current()->trim(max_bytes, on_progress);
}

Result<std::uint64_t> ReopeningStore::clear() { return current()->clear(); }

Result<Verified> ReopeningStore::verify(const OnVerified& on_progress) {
  return current()->verify(on_progress);
}

Result<StoreSize> ReopeningStore::size() { return current()->size(); }

}  // namespace cbundle
