// What builds hand over on its way into the store.

#include "engine/build/keeper.h"

#include <gtest/gtest.h>

#include <semaphore>

#include "engine/store/memory_store.h"

namespace cbundle {
namespace {

// Keeps when it is let, and remembers how many came at once.
class SlowStore final : public Store {
 public:
  Result<std::optional<Entry>> find(const StageKey& key) override { return store_.find(key); }
  Result<std::optional<Blob>> load(const Digest& digest) override { return store_.load(digest); }
  Result<void> keep(const StageKey& key, const Entry& entry, const Blob& blob) override {
    return store_.keep(key, entry, blob);
  }
  std::vector<Result<void>> keep_all(std::span<const Item> items) override {
    begun.release();
    may_end.acquire();
    batches.push_back(items.size());
    return Store::keep_all(items);
  }
  Result<std::uint64_t> trim(std::uint64_t max_bytes) override { return store_.trim(max_bytes); }
  Result<StoreSize> size() override { return store_.size(); }
  void count(std::string_view name, std::uint64_t by) override { store_.count(name, by); }
  Result<Counters> counters() override { return store_.counters(); }

  std::counting_semaphore<> begun{0};
  std::counting_semaphore<> may_end{0};
  std::vector<std::size_t> batches;

 private:
  MemoryStore store_;
};

Store::Item item(const std::string& text) {
  const Blob blob(text);
  return {{Digest::of("key of " + text)}, {Digest::of(text), ""}, blob};
}

bool has(Store& store, const std::string& text) {
  return store.find(item(text).key).value().has_value();
}

TEST(KeeperTest, TheCallerGoesOnAndWhatWaitsGoesTogether) {
  SlowStore store;
  Keeper keeper(store);
  auto first = keeper.keep(item("first"));
  store.begun.acquire();
  auto second = keeper.keep(item("second"));
  auto third = keeper.keep(item("third"));
  EXPECT_FALSE(has(store, "first"));
  store.may_end.release(2);
  EXPECT_TRUE(first.get() && second.get() && third.get());
  EXPECT_TRUE(has(store, "first") && has(store, "second") && has(store, "third"));
  EXPECT_EQ(store.batches, (std::vector<std::size_t>{1, 2}));
}

TEST(KeeperTest, EachHearsOfItsOwnFailure) {
  MemoryStore store(10'000);
  Keeper keeper(store);
  auto kept = keeper.keep(item("small"));
  auto refused = keeper.keep(item(std::string(20'000, 'x')));
  EXPECT_TRUE(kept.get());
  EXPECT_EQ(refused.get().error().kind, ErrorKind::unavailable);
}

TEST(KeeperTest, WhatIsReleasedIsSoOnceItIsKeptAndBeforeTheCallerHears) {
  SlowStore store;
  Keeper keeper(store);
  auto token = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = token;
  auto kept = keeper.keep(item("result"), std::move(token));
  store.begun.acquire();
  EXPECT_FALSE(watched.expired());
  store.may_end.release();
  EXPECT_TRUE(kept.get());
  EXPECT_TRUE(watched.expired());
}

TEST(KeeperTest, WhatStillWaitsAtTheEndIsKept) {
  SlowStore store;
  {
    Keeper keeper(store);
    static_cast<void>(keeper.keep(item("first")));
    store.begun.acquire();
    static_cast<void>(keeper.keep(item("last")));
    store.may_end.release(2);
  }
  EXPECT_TRUE(has(store, "first") && has(store, "last"));
}

}  // namespace
}  // namespace cbundle
