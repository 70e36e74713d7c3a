// One opened cache directory, and the chores that go on in it.

#include "engine/store/shelf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <latch>
#include <thread>

#include "tests/engine/store/samples.h"

namespace cbundle {
namespace {

class ShelfTest : public testing::Test {
 protected:
  std::unique_ptr<Shelf> open(std::uint64_t max_bytes = 0) {
    auto shelf = Shelf::open(directory_.path(), max_bytes, Shelf::Start::as_found,
                             [](const std::string& text) { ADD_FAILURE() << text; });
    EXPECT_TRUE(shelf);
    return std::move(shelf).value();
  }

  static bool put(Shelf& shelf, int key, int number, std::size_t size) {
    const Blob blob = blob_of(number, size);
    return static_cast<bool>(shelf.put({key_of(key), entry_of(blob), blob}));
  }

  StoreDirectory directory_;
};

TEST_F(ShelfTest, TidyingGivesTheDiskBackWhatIsFree) {
  const auto shelf = open();
  for (int key = 0; key < 40; ++key) ASSERT_TRUE(put(*shelf, key, key, 100'000));
  for (int key = 0; key < 40; ++key) ASSERT_TRUE(put(*shelf, key, 100 + key, 100));
  EXPECT_GT(shelf->size().value().bytes, 4'000'000u);
  ASSERT_TRUE(shelf->tidy([] { return false; }));
  EXPECT_LT(shelf->size().value().bytes, 500'000u);
  EXPECT_EQ(shelf->find(key_of(1)).value(), entry_of(blob_of(101, 100)));
}

TEST_F(ShelfTest, TidyingStopsWhenSomethingIsWanted) {
  const auto shelf = open();
  for (int key = 0; key < 40; ++key) ASSERT_TRUE(put(*shelf, key, key, 100'000));
  for (int key = 0; key < 40; ++key) ASSERT_TRUE(put(*shelf, key, 100 + key, 100));
  const std::uint64_t before = shelf->size().value().bytes;
  ASSERT_TRUE(shelf->tidy([] { return true; }));
  EXPECT_EQ(shelf->size().value().bytes, before);
}

TEST_F(ShelfTest, AFileFindsRoomWhereOnlyPagesAreFree) {
  const auto shelf = open(8 << 20);
  for (int key = 0; key < 40; ++key) ASSERT_TRUE(put(*shelf, key, key, 100'000));
  for (int key = 0; key < 40; ++key) ASSERT_TRUE(put(*shelf, key, 100 + key, 100));
  ASSERT_TRUE(put(*shelf, 1000, 1000, 5'000'000));
  EXPECT_LE(shelf->size().value().bytes, 8u << 20);
  EXPECT_TRUE(shelf->load(entry_of(blob_of(1000, 5'000'000)).output).value());
}

TEST_F(ShelfTest, ACommonBlobOfManyEntriesIsEvictedAfterAllOfThem) {
  const auto shelf = open(3 << 20);
  const Blob common = blob_of(1, 1000);
  for (int key = 0; key < 500; ++key) {
    ASSERT_TRUE(shelf->put({key_of(key), entry_of(common, std::string(4000, 'w')), common}));
  }
  EXPECT_LE(shelf->size().value().bytes, 3u << 20);
  EXPECT_FALSE(shelf->find(key_of(0)).value());
  EXPECT_TRUE(shelf->find(key_of(499)).value());
  EXPECT_TRUE(shelf->load(entry_of(common).output).value());
  EXPECT_GT(shelf->counters()["store.evicted"], 0u);
}

TEST_F(ShelfTest, ALowerLimitIsReachedSoonAfterTheStart) {
  {
    const auto shelf = open();
    for (int key = 0; key < 100; ++key) ASSERT_TRUE(put(*shelf, key, key, 100'000));
  }
  const auto shelf = open(4 << 20);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (shelf->size().value().bytes > 4 << 20 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_LE(shelf->size().value().bytes, 4u << 20);
  EXPECT_TRUE(shelf->find(key_of(99)).value());
  EXPECT_FALSE(shelf->find(key_of(0)).value());
}

TEST(HousekeeperTest, ChoresAreDoneAndNoneAfterItIsGone) {
  std::latch begun(1);
  std::latch checkpointed(1);
  {
    Housekeeper housekeeper({.begin = [&] { begun.count_down(); },
                             .checkpoint = [&] { checkpointed.count_down(); },
                             .flush = [] { ADD_FAILURE() << "not yet due"; },
                             .tidy = [] { ADD_FAILURE() << "not yet due"; }});
    EXPECT_FALSE(housekeeper.is_wanted());
    begun.wait();
    housekeeper.checkpoint_soon();
    checkpointed.wait();
    housekeeper.flush_later();
    housekeeper.tidy_when_idle();
    EXPECT_TRUE(housekeeper.is_wanted());
  }
}

}  // namespace
}  // namespace cbundle
