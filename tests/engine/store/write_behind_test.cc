// Results on their way into another store.

#include "engine/store/write_behind.h"

#include <gtest/gtest.h>

#include <semaphore>
#include <span>

#include "engine/store/memory_store.h"
#include "tests/engine/store/samples.h"

namespace cbundle {
namespace {

// Keeps when it is let, and remembers how many came at once.
class SlowStore final : public Store {
 public:
  struct Pace {
    std::counting_semaphore<> begun{0};
    std::counting_semaphore<> may_end{0};
    std::counting_semaphore<> let_go{0};
    std::vector<std::size_t> batches;
  };
  explicit SlowStore(Pace& pace, Store& store) : pace_(pace), store_(store) {}

  Result<std::optional<Entry>> find(const StageKey& key) override { return store_.find(key); }
  Result<std::optional<Blob>> load(const Digest& digest) override { return store_.load(digest); }
  Result<void> put(const StageKey& key, const Entry& entry, const Blob& blob) override {
    return store_.put(key, entry, blob);
  }
  std::vector<Result<void>> put_all(std::span<const Item> items) override {
    pace_.begun.release();
    pace_.may_end.acquire();
    pace_.batches.push_back(items.size());
    return Store::put_all(items);
  }
  void let_go() override { pace_.let_go.release(); }
  Result<std::uint64_t> trim(std::uint64_t max_bytes) override { return store_.trim(max_bytes); }
  Result<StoreSize> size() override { return store_.size(); }
  void count(std::string_view name, std::uint64_t by) override { store_.count(name, by); }
  Result<Counters> counters() override { return store_.counters(); }

 private:
  Pace& pace_;
  Store& store_;
};

class WriteBehindTest : public testing::Test {
 protected:
  std::unique_ptr<WriteBehind> open() {
    return std::make_unique<WriteBehind>(std::make_unique<SlowStore>(pace_, kept_));
  }

  SlowStore::Pace pace_;
  MemoryStore kept_{100'000};
};

TEST_F(WriteBehindTest, WhatIsOnItsWayIsFoundAndWhatWaitsGoesTogether) {
  const auto store = open();
  ASSERT_TRUE(put(*store, 1));
  pace_.begun.acquire();
  ASSERT_TRUE(put(*store, 2) && put(*store, 3));
  EXPECT_TRUE(has(*store, 1) && has(*store, 2) && has(*store, 3));
  EXPECT_FALSE(has(kept_, 1) || has(kept_, 2) || has(kept_, 3));
  pace_.may_end.release(2);
  EXPECT_EQ(store->size().value().entries, 3u);  // waits
  EXPECT_TRUE(has(kept_, 1) && has(kept_, 2) && has(kept_, 3));
  EXPECT_EQ(pace_.batches, (std::vector<std::size_t>{1, 2}));
}

TEST_F(WriteBehindTest, TheLatestOfAKeyIsWhatIsFound) {
  const auto store = open();
  const Blob older = blob_of(1);
  const Blob newer = blob_of(2);
  ASSERT_TRUE(store->put(key_of(1), entry_of(older), older));
  ASSERT_TRUE(store->put(key_of(1), entry_of(newer), newer));
  EXPECT_EQ(store->find(key_of(1)).value(), entry_of(newer));
  pace_.may_end.release(2);
  ASSERT_TRUE(store->size());
  EXPECT_EQ(store->find(key_of(1)).value(), entry_of(newer));
}

TEST_F(WriteBehindTest, AFailureIsToldOnceByALaterCall) {
  const auto store = open();
  pace_.may_end.release(100);
  ASSERT_TRUE(put(*store, 1, 200'000));
  ASSERT_TRUE(store->size());
  const auto told = put(*store, 2);
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(put(*store, 3));
  ASSERT_TRUE(store->size());
  EXPECT_FALSE(has(*store, 1, 200'000));
  EXPECT_TRUE(has(kept_, 2) && has(kept_, 3));
}

TEST_F(WriteBehindTest, WhatStillWaitsAtTheEndIsKept) {
  auto store = open();
  ASSERT_TRUE(put(*store, 1));
  pace_.begun.acquire();
  ASSERT_TRUE(put(*store, 2));
  pace_.may_end.release(2);
  store.reset();
  EXPECT_TRUE(has(kept_, 1) && has(kept_, 2));
}

TEST_F(WriteBehindTest, LettingGoIsPassedOnAndEndsNothing) {
  const auto store = open();
  store->let_go();
  pace_.let_go.acquire();
  ASSERT_TRUE(put(*store, 1));
  pace_.may_end.release();
  ASSERT_TRUE(store->size());
  EXPECT_TRUE(has(kept_, 1));
}

TEST_F(WriteBehindTest, TrimmingTakesWhatIsOnItsWayToo) {
  const auto store = open();
  pace_.may_end.release(100);
  ASSERT_TRUE(put(*store, 1));
  ASSERT_TRUE(store->trim(0));
  EXPECT_FALSE(has(*store, 1));
}

}  // namespace
}  // namespace cbundle
