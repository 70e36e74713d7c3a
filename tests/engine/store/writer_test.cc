// The thread that writes: what waits together is committed together, and fails alone.

#include "engine/store/writer.h"

#include <gtest/gtest.h>

#include <latch>
#include <map>
#include <thread>
#include <vector>

#include "engine/base/guarded.h"
#include "engine/store/schema.h"
#include "tests/engine/store/samples.h"

namespace cbundle {
namespace {

class WriterTest : public testing::Test {
 protected:
  WriterTest() {
    const CacheDirectory cache = CacheDirectory::make(directory_.path()).value();
    auto tables = Tables::open(cache, BlobFiles(cache.blobs()), Budget(0));
    EXPECT_TRUE(tables);
    Database checkpointer = connect(cache.database()).value();
    writer_ = std::make_unique<Writer>(std::move(tables).value(), std::move(checkpointer));
  }

  Result<void> set_counter(const std::string& name, std::uint64_t value) {
    return writer_->run(1, [&](Tables& tables) { return tables.set_counters({{name, value}}); });
  }

  Counters counters() {
    Counters counters;
    EXPECT_TRUE(writer_->run_alone([&](Tables& tables) -> Result<void> {
      counters = TRY(tables.counters());
      return {};
    }));
    return counters;
  }

  StoreDirectory directory_;
  std::unique_ptr<Writer> writer_;
};

TEST_F(WriterTest, WorkIsCommittedWhenRunReturns) {
  ASSERT_TRUE(set_counter("a", 1));
  EXPECT_EQ(counters(), (Counters{{"a", 1}}));
  EXPECT_GT(writer_->log_pages(), 0);
}

TEST_F(WriterTest, WorkThatFailsLeavesNothing) {
  const auto failed = writer_->run(1, [](Tables& tables) -> Result<void> {
    TRY(tables.set_counters({{"a", 1}}));
    return Error{ErrorKind::unavailable, "no"};
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().text(), "no");
  EXPECT_EQ(counters(), Counters());
  EXPECT_TRUE(set_counter("b", 1));
}

// Work of one transaction sees the log as the last one left it, and so the same number of pages.
TEST_F(WriterTest, CallersThatWaitTogetherShareACommit) {
  constexpr int callers = 8;
  std::size_t transactions = callers;
  for (int round = 0; round < 1000 && transactions == callers; ++round) {
    Guarded<std::map<std::int64_t, int>> works_of_log;
    std::latch all_here(callers + 1);
    std::vector<std::thread> threads;
    for (int caller = 0; caller < callers; ++caller) {
      threads.emplace_back([&, caller] {
        all_here.arrive_and_wait();
        EXPECT_TRUE(writer_->run(1, [&](Tables& tables) {
          ++(*works_of_log.lock())[tables.database().log_pages()];
          return tables.set_counters({{"caller " + std::to_string(caller), 1}});
        }));
      });
    }
    EXPECT_TRUE(writer_->run_alone([&](Tables&) -> Result<void> {
      all_here.arrive_and_wait();
      return {};
    }));
    for (std::thread& thread : threads) thread.join();
    transactions = works_of_log.lock()->size();
  }
  EXPECT_LT(transactions, std::size_t{callers});
  EXPECT_EQ(counters().size(), std::size_t{callers});
}

TEST_F(WriterTest, WorkThatFailsDoesNotTakeOthersWithIt) {
  constexpr int callers = 8;
  for (int round = 0; round < 20; ++round) {
    std::latch all_here(callers);
    std::vector<std::thread> threads;
    for (int caller = 0; caller < callers; ++caller) {
      threads.emplace_back([&, caller] {
        const bool fails = caller % 2 == 0;
        const std::string name = std::to_string(round) + "." + std::to_string(caller);
        all_here.arrive_and_wait();
        const auto outcome = writer_->run(1, [&](Tables& tables) -> Result<void> {
          TRY(tables.set_counters({{name, 1}}));
          if (fails) return Error{ErrorKind::unavailable, "no"};
          return {};
        });
        EXPECT_EQ(static_cast<bool>(outcome), !fails);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(counters().size(), std::size_t{20 * callers / 2});
}

TEST_F(WriterTest, TheLogKeepsToItsBudget) {
  const std::int64_t budget = Budget(0).log_pages();
  for (int round = 0; round < 40; ++round) {
    ASSERT_TRUE(writer_->run(budget / 3, [](Tables& tables) -> Result<void> {
      const Blob blob = blob_of(1, 100'000);
      return tables.insert(key_of(1), entry_of(blob), blob, 1);
    }));
    EXPECT_LE(writer_->log_pages(), budget);
  }
  ASSERT_TRUE(writer_->checkpoint());
  ASSERT_TRUE(writer_->truncate());
  EXPECT_EQ(writer_->log_pages(), 0);
  EXPECT_EQ(std::filesystem::file_size(directory_.path() / "store.db-wal"), 0u);
}

}  // namespace
}  // namespace cbundle
