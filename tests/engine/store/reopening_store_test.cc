// A cache whose directory could not be opened is taken up again when it can be.
#include "engine/store/reopening_store.h"

#include <gtest/gtest.h>

#include "tests/engine/store/samples.h"
#include "tests/support/fake_clock.h"

namespace cbundle {
namespace {

using std::chrono::seconds;

TEST(ReopeningStoreTest, ItKeepsResultsInMemoryUntilTheDiskIsThereAgain) {
  const StoreDirectory directory;
  FakeClock clock;
  bool is_there = false;
  int tries = 0;
  ReopeningStore store(
      [&]() -> std::unique_ptr<Store> {
        ++tries;
        return is_there ? open_store(directory.path()) : nullptr;
      },
      std::uint64_t{1} << 20, clock);
  ASSERT_TRUE(put(store, 1));
  EXPECT_TRUE(has(store, 1));
  EXPECT_EQ(tries, 0);
  clock.advance(seconds(2));
  EXPECT_TRUE(has(store, 1));
  EXPECT_TRUE(has(store, 1));
  EXPECT_EQ(tries, 1);

  is_there = true;
  EXPECT_TRUE(has(store, 1));  // not tried again yet
  clock.advance(seconds(2));
  EXPECT_FALSE(has(store, 1));  // the disk's store is empty
  ASSERT_TRUE(put(store, 2));
  ASSERT_TRUE(store.flush());
  clock.advance(seconds(10));
  EXPECT_TRUE(has(store, 2));
  EXPECT_EQ(tries, 2);
  EXPECT_TRUE(std::filesystem::exists(directory.database()));
}

}  // namespace
}  // namespace cbundle
