// The cache of a daemon whose directory could not be opened: in memory, until it can be.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "engine/base/clock.h"
#include "engine/base/guarded.h"
#include "engine/store/memory_cache.h"
#include "engine/store/store.h"

namespace cbundle {

// The directory may be locked by a daemon that is leaving, or its disk may be full for a while.
class ReopeningStore final : public Store {
 public:
  // Returns a store, or nothing where it cannot be opened yet. Called by one thread at a time.
  using Open = std::function<std::unique_ptr<Store>()>;

  // `max_bytes`: in memory. `clock` outlives this.
  ReopeningStore(Open open, std::uint64_t max_bytes, const Clock& clock = steady_clock())
      : open_(std::move(open)),
        clock_(clock),
        current_(std::make_shared<MemoryCache>(max_bytes)),
        next_try_(clock.now() + interval) {}

  // Tries to open the store, at most once in two seconds; what is in memory is then forgotten.
  Result<std::optional<Entry>> find(const StageKey& key) override;

  Result<std::optional<Blob>> load(const Digest& digest) override;
  Result<void> put(const StageKey& key, const Entry& entry, const Blob& blob) override;
  Result<std::optional<std::string>> note(const StageKey& key) override;
  Result<void> put_note(const StageKey& key, std::string text) override;
  void count(std::string_view name, std::uint64_t by) override;
  Result<Counters> counters() override;
  void zero_counters() override;
  Result<void> flush() override;
  Result<std::uint64_t> trim(std::uint64_t max_bytes, const OnTrimmed& on_progress) override;
  Result<StoreSize> size() override;
  Result<Verified> verify(const OnVerified& on_progress) override;
  Result<std::uint64_t> clear() override;

 private:
  static constexpr std::chrono::seconds interval{2};

  std::shared_ptr<Store> current() { return *current_.lock(); }
  void try_again();

  const Open open_;
  const Clock& clock_;
  Guarded<std::shared_ptr<Store>> current_;
  Guarded<Clock::TimePoint> next_try_;
  std::atomic<bool> is_open_ = false;
};

}  // namespace cbundle
