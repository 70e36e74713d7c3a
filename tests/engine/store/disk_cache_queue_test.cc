// Results and notes that wait to be written.

#include <gtest/gtest.h>

#include "engine/store/database.h"
#include "engine/store/disk_cache.h"
#include "tests/engine/store/samples.h"

namespace cbundle {
namespace {

// Keeps a store from writing: SQLite lets only one connection do so at a time.
class WriteLock {
 public:
  explicit WriteLock(const StoreDirectory& directory)
      : database_(Database::open(directory.database(), Database::Mode::open).value()) {
    EXPECT_TRUE(database_.execute("BEGIN IMMEDIATE"));
  }
  ~WriteLock() { EXPECT_TRUE(database_.execute("ROLLBACK")); }

  std::int64_t rows(const std::string& table) {
    return database_.integer("SELECT count(*) FROM " + table).value();
  }

 private:
  Database database_;
};

class DiskCacheQueueTest : public testing::Test {
 protected:
  StoreDirectory directory_;
  std::unique_ptr<DiskCache> store_ = open_store(directory_.path(), 4 << 20);
};

TEST_F(DiskCacheQueueTest, WhatIsQueuedIsFoundBeforeItIsWritten) {
  ASSERT_TRUE(put(*store_, 1));
  {
    WriteLock lock(directory_);
    ASSERT_TRUE(enqueue(*store_, 2) && enqueue(*store_, 3, 200'000));
    ASSERT_TRUE(store_->put_note(key_of(2), "note"));
    EXPECT_TRUE(has(*store_, 1) && has(*store_, 2) && has(*store_, 3, 200'000));
    EXPECT_EQ(store_->note(key_of(2)).value(), "note");
    EXPECT_EQ(lock.rows("entry"), 1);
    EXPECT_EQ(lock.rows("note"), 0);
  }
  ASSERT_TRUE(store_->flush());
  WriteLock lock(directory_);
  EXPECT_EQ(lock.rows("entry"), 3);
  EXPECT_EQ(lock.rows("note"), 1);
  EXPECT_TRUE(has(*store_, 1) && has(*store_, 2) && has(*store_, 3, 200'000));
}

TEST_F(DiskCacheQueueTest, TheLatestOfAKeyIsFound) {
  const Blob older = blob_of(1);
  const Blob newer = blob_of(2);
  {
    const WriteLock lock(directory_);
    ASSERT_TRUE(store_->put(key_of(1), entry_of(older), older));
    ASSERT_TRUE(store_->put(key_of(1), entry_of(newer), newer));
    EXPECT_EQ(store_->find(key_of(1)).value(), entry_of(newer));
  }
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(store_->find(key_of(1)).value(), entry_of(newer));
}

TEST_F(DiskCacheQueueTest, AHitOnWhatIsQueuedCountsAsAUse) {
  constexpr std::size_t large = 100'000;
  {
    const WriteLock lock(directory_);
    for (int number = 0; number < 6; ++number) ASSERT_TRUE(enqueue(*store_, number, large));
    ASSERT_TRUE(store_->find(key_of(0)).value());
  }
  ASSERT_TRUE(store_->flush());
  ASSERT_TRUE(store_->trim(500'000, {}));
  EXPECT_TRUE(has(*store_, 0, large));
  EXPECT_FALSE(has(*store_, 1, large));
}

TEST_F(DiskCacheQueueTest, AFailureIsReportedOnceByALaterCall) {
  const Blob blob = blob_of(1);
  const Entry wrong{Digest::of("other bytes"), ""};
  ASSERT_TRUE(store_->put(key_of(1), wrong, blob));
  ASSERT_TRUE(store_->size());
  const auto later = enqueue(*store_, 2);
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().kind, ErrorKind::internal);
  EXPECT_TRUE(enqueue(*store_, 3));
  EXPECT_TRUE(store_->flush());
  EXPECT_FALSE(store_->find(key_of(1)).value());
  EXPECT_TRUE(has(*store_, 2) && has(*store_, 3));
  EXPECT_EQ(counter(*store_, "store.not_kept"), 1u);
}

TEST_F(DiskCacheQueueTest, WhatIsQueuedWhenItIsClosedIsWritten) {
  ASSERT_TRUE(enqueue(*store_, 1) && enqueue(*store_, 2, 200'000));
  ASSERT_TRUE(store_->put_note(key_of(1), "note"));
  store_.reset();
  store_ = open_store(directory_.path());
  EXPECT_TRUE(has(*store_, 1) && has(*store_, 2, 200'000));
  EXPECT_EQ(store_->note(key_of(1)).value(), "note");
}

TEST_F(DiskCacheQueueTest, TrimmingEvictsWhatWasQueuedToo) {
  ASSERT_TRUE(enqueue(*store_, 1));
  ASSERT_TRUE(store_->trim(0, {}));
  EXPECT_FALSE(has(*store_, 1));
}

}  // namespace
}  // namespace cbundle
