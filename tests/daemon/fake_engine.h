// An engine whose results the test sets, for tests of the daemon's services.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/guarded.h"
#include "engine/engine.h"

namespace cbundle {

// An event that is set once and can be waited for.
class TestEvent {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    is_set_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_set_; });
  }
  // Also ends when `stop` is requested; whether the event is set.
  bool wait(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    return changed_.wait(lock, stop, [&] { return is_set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_set_ = false;
};

class FakeStore final : public Store {
 public:
  Result<std::optional<Entry>> find(const StageKey&) override { return std::optional<Entry>(); }
  Result<std::optional<Blob>> load(const Digest&) override { return std::optional<Blob>(); }
  Result<void> put(const StageKey&, const Entry&, const Blob&) override { return {}; }
  Result<std::optional<std::string>> note(const StageKey&) override {
    return std::optional<std::string>();
  }
  Result<void> put_note(const StageKey&, std::string) override { return {}; }
  Result<void> flush() override { return {}; }
  Result<std::uint64_t> trim(std::uint64_t max_bytes, const OnTrimmed& on_progress) override {
    *trimmed_to.lock() = max_bytes;
    do {
      if (!on_progress({.freed = 33, .to_free = 77})) {
        trim_stopped.set_value();
        return Error{ErrorKind::cancelled, "trimming was stopped"};
      }
    } while (trims_for_ever);
    return std::uint64_t{77};
  }
  Result<std::uint64_t> clear() override { return std::uint64_t{99}; }
  Result<Verified> verify(const OnVerified& on_progress) override {
    on_progress({.checked = 3, .total = 5, .dropped = 1});
    return Verified{.checked = 5, .total = 5, .dropped = 2};
  }
  void zero_counters() override { counters_.lock()->clear(); }
  Result<StoreSize> size() override {
    if (is_broken) return Error{ErrorKind::unavailable, "the disk is gone"};
    return StoreSize{1, 2, 3, 4};
  }
  void count(std::string_view name, std::uint64_t by) override {
    (*counters_.lock())[std::string(name)] += by;
  }
  Result<Counters> counters() override { return *counters_.lock(); }

  bool is_broken = false;
  bool trims_for_ever = false;
  std::promise<void> trim_stopped;
  Guarded<std::optional<std::uint64_t>> trimmed_to;

 private:
  Guarded<Counters> counters_;
};

class FakeEngine final : public Engine {
 public:
  using Build = std::function<Result<Built>(const Request&, Progress&, const std::stop_token&)>;
  using Lookup = std::function<std::optional<Built>(const Request&, Progress&)>;

  Build on_build = [](const Request&, Progress&, const std::stop_token&) -> Result<Built> {
    return Error{ErrorKind::internal, "no build was expected"};
  };
  Lookup on_lookup = [](const Request&, Progress&) { return std::optional<Built>(); };

  using Explain = std::function<std::optional<Explanation>(const std::filesystem::path&)>;
  Explain on_explain = [](const std::filesystem::path&) { return std::optional<Explanation>(); };

  Result<Built> build(const Request& request, Progress& progress,
                      const std::stop_token& stop) override {
    return on_build(request, progress, stop);
  }
  std::optional<Built> lookup(const Request& request, Progress& progress) override {
    return on_lookup(request, progress);
  }
  std::optional<Explanation> explain(const std::filesystem::path& output) override {
    return on_explain(output);
  }
  FakeStore& store() override { return store_; }

 private:
  FakeStore store_;
};

inline Built built_of(std::string bytes) {
  const Digest digest = Digest::of(bytes);
  return {digest, Blob(std::move(bytes)), {"/src/a.o", "b.o"}};
}

}  // namespace cbundle
