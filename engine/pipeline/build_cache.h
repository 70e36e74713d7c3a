// The store as one build uses it: a store that fails is a miss and a warning, never an error.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/pipeline/progress.h"
#include "engine/store/store.h"

namespace cbundle {

class BuildCache {
 public:
  // Both outlive this. Many threads may call if `progress` allows it.
  BuildCache(Store& store, Progress& progress) : store_(store), progress_(progress) {}

  std::optional<Entry> find(const StageKey& key) {
    return ignores_entries_ ? std::nullopt : found(store_.find(key));
  }
  std::optional<Blob> load(const Digest& digest) { return found(store_.load(digest)); }
  void put(const StageKey& key, const Entry& entry, const Blob& blob) {
    stored(store_.put(key, entry, blob));
  }

  std::optional<std::string> note(const StageKey& key) { return found(store_.note(key)); }
  void put_note(const StageKey& key, std::string text) {
    stored(store_.put_note(key, std::move(text)));
  }

  void count(std::string_view name, std::uint64_t by = 1) { store_.count(name, by); }
  void count_saved(std::chrono::microseconds time) {
    if (time.count() > 0) {
      store_.count("saved.microseconds", static_cast<std::uint64_t>(time.count()));
    }
  }

  // From now on find() misses: an entry was found whose blob is missing.
  void ignore_entries() { ignores_entries_ = true; }

 private:
  template <class T>
  std::optional<T> found(Result<std::optional<T>> result) {
    if (result) return std::move(result).value();
    warn(result.error(), "cache-unreadable");
    return std::nullopt;
  }
  void stored(const Result<void>& result) {
    if (!result) warn(result.error(), "cache-unwritable");
  }
  void warn(const Error& error, std::string_view problem) {
    Diagnostic warning = error.diagnostics.front();
    warning.severity = Severity::warning;
    progress_.on(CacheWarning{std::move(warning), std::string(problem)});
  }

  Store& store_;
  Progress& progress_;
  bool ignores_entries_ = false;
};

}  // namespace cbundle
