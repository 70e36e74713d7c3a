// A store in memory, which ends with the process.
#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>

#include "engine/base/guarded.h"
#include "engine/store/store.h"

namespace cbundle {

class MemoryCache final : public Store {
 public:
  // `max_bytes` limits blobs, warnings and what it takes to find them; 0: no limit.
  explicit MemoryCache(std::uint64_t max_bytes = 0);

  Result<std::optional<Entry>> find(const StageKey& key) override;
  Result<std::optional<Blob>> load(const Digest& digest) override;
  Result<void> put(const StageKey& key, const Entry& entry, const Blob& blob) override;
  Result<std::optional<std::string>> note(const StageKey& key) override;
  Result<void> put_note(const StageKey& key, std::string text) override;
  Result<void> flush() override { return {}; }
  Result<std::uint64_t> trim(std::uint64_t max_bytes, const OnTrimmed& on_progress) override;
  Result<std::uint64_t> clear() override { return trim(0, {}); }
  Result<Verified> verify(const OnVerified&) override;  // nothing can be wrong in memory
  Result<StoreSize> size() override;
  void count(std::string_view name, std::uint64_t by = 1) override;
  Result<Counters> counters() override;
  void zero_counters() override;

 private:
  struct Stored {
    StageKey key;
    Entry entry;
  };
  struct Shared {
    Blob blob;
    std::uint64_t entries = 0;  // that refer to it
  };
  struct State {
    std::list<Stored> by_use;  // the least recently used first
    std::unordered_map<StageKey, std::list<Stored>::iterator> entries;
    std::unordered_map<Digest, Shared> blobs;
    std::uint64_t bytes = 0;
    Counters counters;

    void drop(std::list<Stored>::iterator stored);
    std::uint64_t trim(std::uint64_t max_bytes);
  };

  const std::uint64_t max_bytes_;
  Guarded<State> state_;
};

}  // namespace cbundle
