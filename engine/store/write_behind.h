// A store that takes results at once and keeps them in another one a little later.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "engine/store/store.h"

namespace cbundle {

// A commit takes 0.4 ms, and a build of 10 KB would wait for eight of them: 3 of its 15 ms. What is
// on its way is found like what is kept, so nobody can tell, but for one who kills the process.
class WriteBehind final : public Store {
 public:
  explicit WriteBehind(std::unique_ptr<Store> inner);
  ~WriteBehind() override;  // keeps first what still waits

  Result<std::optional<Entry>> find(const StageKey& key) override;
  Result<std::optional<Blob>> load(const Digest& digest) override;

  // Waits only where 256 MB are on their way already. The Error is that of an earlier result which
  // could not be kept, once for each; this one's comes with a later call.
  Result<void> put(const StageKey& key, const Entry& entry, const Blob& blob) override;

  void let_go() override;  // a little later, too

  // These wait until nothing is on its way.
  Result<std::uint64_t> trim(std::uint64_t max_bytes) override;
  Result<StoreSize> size() override;

  void count(std::string_view name, std::uint64_t by = 1) override { inner_->count(name, by); }
  Result<Counters> counters() override { return inner_->counters(); }

 private:
  struct Work {
    bool lets_go = false;
    std::vector<Item> items;
    bool is_end() const { return !lets_go && items.empty(); }
  };

  void loop();
  Work next();
  void finish(std::vector<Result<void>> outcomes);
  void settle();

  const std::unique_ptr<Store> inner_;

  // No Guarded<>: waiting on a condition needs the lock itself.
  std::mutex mutex_;
  std::condition_variable came_;
  std::condition_variable went_;
  std::deque<Item> on_the_way_;  // those that are being kept come first
  std::uint64_t bytes_ = 0;      // of these
  std::deque<Error> untold_;
  bool letting_go_ = false;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace cbundle
