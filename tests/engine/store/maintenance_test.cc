// What a DiskCache does when nothing is queued, and the page cache.

#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <thread>
#include <vector>

#include "engine/base/files.h"
#include "engine/store/database.h"
#include "engine/store/disk_cache.h"
#include "tests/engine/store/samples.h"
#include "tests/support/fake_clock.h"

namespace cbundle {
namespace {

using std::chrono::seconds;

bool becomes_true(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + seconds(20);
  while (!condition() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  return condition();
}

class MaintenanceTest : public testing::Test {
 protected:
  std::unique_ptr<DiskCache> open(std::uint64_t max_bytes = 0) {
    return open_store(directory_.path(), max_bytes, nullptr, clock_);
  }
  std::int64_t in_database(const std::string& query) {
    return Database::open(directory_.database(), Database::Mode::open)
        .value()
        .integer(query)
        .value();
  }

  StoreDirectory directory_;
  FakeClock clock_;
};

TEST_F(MaintenanceTest, CountersAndUsesAreWrittenAfterASecond) {
  const auto store = open();
  ASSERT_TRUE(put(*store, 1) && put(*store, 2));
  const std::string newest = "SELECT used FROM entry ORDER BY used DESC LIMIT 1";
  const std::string counter = "SELECT value FROM counter WHERE name=x'686974'";  // "hit"
  const std::int64_t before = in_database(newest);
  ASSERT_TRUE(has(*store, 1));
  store->count("hit", 3);
  clock_.advance(seconds(1) - std::chrono::milliseconds(1));
  ASSERT_TRUE(store->size());
  EXPECT_EQ(in_database(counter), 0);
  EXPECT_EQ(in_database(newest), before);
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(becomes_true([&] { return in_database(counter) == 3; }));
  EXPECT_GT(in_database(newest), before);
}

TEST_F(MaintenanceTest, FreePagesAreGivenBackTenSecondsAfterTheLastWrite) {
  const auto store = open();
  for (int number = 0; number < 40; ++number) ASSERT_TRUE(put(*store, number, 100'000));
  const Blob small = blob_of(100);
  for (int number = 0; number < 40; ++number) {
    ASSERT_TRUE(store->put(key_of(number), entry_of(small), small));
  }
  ASSERT_TRUE(store->flush());
  clock_.advance(seconds(9));
  ASSERT_TRUE(put(*store, 41));
  clock_.advance(seconds(9));
  ASSERT_TRUE(store->size());
  EXPECT_GT(store->size().value().bytes, 4'000'000u);
  clock_.advance(seconds(1));
  EXPECT_TRUE(becomes_true([&] { return store->size().value().bytes < 500'000; }));
  EXPECT_EQ(store->find(key_of(1)).value(), entry_of(small));
}

TEST_F(MaintenanceTest, ALowerLimitIsReachedSoonAfterTheStart) {
  {
    const auto store = open();
    for (int number = 0; number < 100; ++number) ASSERT_TRUE(enqueue(*store, number, 100'000));
  }
  const auto store = open(4 << 20);
  EXPECT_TRUE(becomes_true([&] { return store->size().value().bytes <= 4 << 20; }));
  EXPECT_TRUE(store->find(key_of(99)).value());
  EXPECT_FALSE(store->find(key_of(0)).value());
}

// A store on a real disk, and how much of its blob files is in memory.
class PageCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    struct statfs on {};
    ASSERT_EQ(::statfs(directory_.path().c_str(), &on), 0);
    if (on.f_type == TMPFS_MAGIC) GTEST_SKIP() << "a file in memory can only stay there";
  }

  Blob put_large(int number) {
    Blob blob = blob_of(number, 4'000'000);
    EXPECT_TRUE(store_->put(key_of(number), entry_of(blob), blob));
    EXPECT_TRUE(store_->flush());
    ::sync();  // only pages that are written to the disk can be dropped
    return blob;
  }

  void miss() {
    ASSERT_FALSE(store_->find(key_of(0)).value());
    clock_.advance(std::chrono::milliseconds(20));
    // The second task cannot be in the same round of the thread as the first.
    ASSERT_TRUE(store_->size());
    ASSERT_TRUE(store_->size());
  }

  std::size_t pages_in_memory(int number) {
    const std::string hex = entry_of(blob_of(number, 4'000'000)).output.hex();
    const Blob file =
        map_file(directory_.path() / "cache/blobs" / hex.substr(0, 2) / hex.substr(2)).value();
    std::vector<unsigned char> pages((file.size() + 4095) / 4096);
    void* start = const_cast<std::byte*>(file.bytes().data());
    EXPECT_EQ(::mincore(start, file.size(), pages.data()), 0);
    return static_cast<std::size_t>(
        std::ranges::count_if(pages, [](unsigned char page) { return (page & 1) != 0; }));
  }

  TemporaryDirectory directory_ = TemporaryDirectory::make("cbundle-test").value();
  FakeClock clock_;
  std::unique_ptr<DiskCache> store_ = open_store(directory_.path() / "cache", 0, nullptr, clock_);
};

TEST_F(PageCacheTest, LargeResultsOfEarlierBuildsAreDroppedSoonAfterAMiss) {
  put_large(1);
  ASSERT_TRUE(store_->size());
  EXPECT_GT(pages_in_memory(1), 900u);
  miss();
  EXPECT_LT(pages_in_memory(1), 50u);
  const auto loaded = store_->load(entry_of(blob_of(1, 4'000'000)).output);
  EXPECT_EQ(loaded.value()->text(), blob_of(1, 4'000'000).text());
}

TEST_F(PageCacheTest, AResultThatABuildStillHoldsStays) {
  const Blob held = put_large(1);
  put_large(2);
  miss();
  EXPECT_LT(pages_in_memory(2), 50u);
  EXPECT_GT(pages_in_memory(1), 900u);
}

TEST_F(PageCacheTest, AResultThatWasFoundStays) {
  put_large(1);
  put_large(2);
  ASSERT_FALSE(store_->find(key_of(0)).value());
  ASSERT_TRUE(store_->find(key_of(1)).value());
  miss();
  EXPECT_LT(pages_in_memory(2), 50u);
  EXPECT_GT(pages_in_memory(1), 900u);
}

}  // namespace
}  // namespace cbundle
