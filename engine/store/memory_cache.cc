#include "engine/store/memory_cache.h"

#include <string>
#include <utility>

namespace cbundle {
namespace {

constexpr std::uint64_t entry_overhead = 256;  // nodes of the list and the two maps, about

std::uint64_t cost_of(const Entry& entry) { return entry.warnings.size() + entry_overhead; }

// A note is a result of another key.
StageKey note_key(const StageKey& key) {
  return {Digest::of(std::string("note ").append(key.digest.raw()))};
}

}  // namespace

MemoryCache::MemoryCache(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

Result<std::optional<Entry>> MemoryCache::find(const StageKey& key) {
  auto state = state_.lock();
  const auto found = state->entries.find(key);
  if (found == state->entries.end()) return std::optional<Entry>();
  state->by_use.splice(state->by_use.end(), state->by_use, found->second);
  return std::optional(found->second->entry);
}

Result<std::optional<Blob>> MemoryCache::load(const Digest& digest) {
  // Checked by put().
  auto state = state_.lock();
  const auto found = state->blobs.find(digest);
  return found == state->blobs.end() ? std::optional<Blob>() : std::optional(found->second.blob);
}

Result<void> MemoryCache::put(const StageKey& key, const Entry& entry, const Blob& blob) {
  if (Digest::of(blob.bytes()) != entry.output) {
    return Error{ErrorKind::internal, "the digest of a result is not that of its bytes"};
  }
  const std::uint64_t need = cost_of(entry) + blob.size();
  if (max_bytes_ != 0 && need > max_bytes_) {
    return Error{ErrorKind::unavailable, "a result of " + std::to_string(blob.size()) +
                                             " bytes does not fit into the memory cache of " +
                                             std::to_string(max_bytes_)};
  }
  auto state = state_.lock();
  if (const auto old = state->entries.find(key); old != state->entries.end()) {
    state->drop(old->second);
  }
  if (max_bytes_ != 0) state->trim(max_bytes_ - need);
  state->by_use.push_back({key, entry});
  state->entries.emplace(key, std::prev(state->by_use.end()));
  Shared& shared = state->blobs.try_emplace(entry.output, Shared{.blob = blob}).first->second;
  state->bytes += cost_of(entry) + (shared.entries == 0 ? blob.size() : 0);
  ++shared.entries;
  return {};
}

Result<std::optional<std::string>> MemoryCache::note(const StageKey& key) {
  const std::optional<Entry> entry = TRY(find(note_key(key)));
  const std::optional<Blob> text = entry ? TRY(load(entry->output)) : std::nullopt;
  return text ? std::optional(std::string(text->text())) : std::nullopt;
}

Result<void> MemoryCache::put_note(const StageKey& key, std::string text) {
  const Blob blob(std::move(text));
  return put(note_key(key), {Digest::of(blob.bytes()), {}}, blob);
}

Result<std::uint64_t> MemoryCache::trim(std::uint64_t max_bytes, const OnTrimmed&) {
  return state_.lock()->trim(max_bytes);
}

Result<StoreSize> MemoryCache::size() {
  auto state = state_.lock();
  return StoreSize{.entries = state->entries.size(),
                   .blobs = state->blobs.size(),
                   .bytes = state->bytes,
                   .max_bytes = max_bytes_};
}

void MemoryCache::count(std::string_view name, std::uint64_t by) {
  state_.lock()->counters[std::string(name)] += by;
}

Result<Counters> MemoryCache::counters() { return state_.lock()->counters; }

void MemoryCache::zero_counters() {
  for (auto& [name, value] : state_.lock()->counters) value = 0;
}

Result<Verified> MemoryCache::verify(const OnVerified&) {
  const std::uint64_t entries = state_.lock()->entries.size();
  return Verified{.checked = entries, .total = entries};
}

void MemoryCache::State::drop(std::list<Stored>::iterator stored) {
  const auto shared = blobs.find(stored->entry.output);
  bytes -= cost_of(stored->entry);
  if (--shared->second.entries == 0) {
    bytes -= shared->second.blob.size();
    blobs.erase(shared);
  }
  entries.erase(stored->key);
  by_use.erase(stored);
}

std::uint64_t MemoryCache::State::trim(std::uint64_t max_bytes) {
  const std::uint64_t before = bytes;
  while (bytes > max_bytes && !by_use.empty()) drop(by_use.begin());
  return before - bytes;
}

}  // namespace cbundle
