// A store of which chosen calls fail, or lose what they were given or asked for.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/store/memory_cache.h"

namespace cbundle {

class FaultyStore final : public Store {
 public:
  enum class Fault { none, error, lost };  // lost: a miss, or nothing is stored

  // Called for each "find", "load", "put", "note" and "put_note", one at a time.
  explicit FaultyStore(std::function<Fault(std::string_view operation)> fault)
      : fault_(std::move(fault)) {}

  Result<std::optional<Entry>> find(const StageKey& key) override {
    return with_fault<std::optional<Entry>>("find", [&] { return inner_.find(key); });
  }
  Result<std::optional<Blob>> load(const Digest& digest) override {
    return with_fault<std::optional<Blob>>("load", [&] { return inner_.load(digest); });
  }
  Result<void> put(const StageKey& key, const Entry& entry, const Blob& blob) override {
    return with_fault<void>("put", [&] { return inner_.put(key, entry, blob); });
  }
  Result<std::optional<std::string>> note(const StageKey& key) override {
    return with_fault<std::optional<std::string>>("note", [&] { return inner_.note(key); });
  }
  Result<void> put_note(const StageKey& key, std::string text) override {
    return with_fault<void>("put_note", [&] { return inner_.put_note(key, std::move(text)); });
  }
  Result<void> flush() override { return inner_.flush(); }
  Result<std::uint64_t> trim(std::uint64_t max_bytes, const OnTrimmed& on_progress) override {
    return inner_.trim(max_bytes, on_progress);
  }
  Result<std::uint64_t> clear() override { return inner_.clear(); }
  Result<Verified> verify(const OnVerified& on_progress) override {
    return inner_.verify(on_progress);
  }
  Result<StoreSize> size() override { return inner_.size(); }
  void count(std::string_view name, std::uint64_t by) override { inner_.count(name, by); }
  Result<Counters> counters() override { return inner_.counters(); }
  void zero_counters() override { inner_.zero_counters(); }

 private:
  template <class T>
  Result<T> with_fault(std::string_view operation, const std::function<Result<T>()>& call) {
    const Fault fault = [&] {
      const std::lock_guard lock(mutex_);
      return fault_(operation);
    }();
    if (fault == Fault::error) return Error{ErrorKind::unavailable, "the disk is gone"};
    if (fault == Fault::none) return call();
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return T();
    }
  }

  MemoryCache inner_;
  std::mutex mutex_;
  std::function<Fault(std::string_view)> fault_;
};

}  // namespace cbundle
