// What every store promises, asked of each.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/store/disk_cache.h"
#include "engine/store/memory_cache.h"
#include "engine/store/reopening_store.h"
#include "tests/engine/store/samples.h"

namespace cbundle {
namespace {

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Store>(const StoreDirectory&, std::uint64_t max_bytes)> open;
};

const std::vector<Kind> kinds{
    {"Memory",
     [](const StoreDirectory&, std::uint64_t max_bytes) -> std::unique_ptr<Store> {
       return std::make_unique<MemoryCache>(max_bytes);
     }},
    {"Reopening",
     [](const StoreDirectory&, std::uint64_t max_bytes) -> std::unique_ptr<Store> {
       return std::make_unique<ReopeningStore>([] { return nullptr; }, max_bytes);
     }},
    {"Disk",
     [](const StoreDirectory& directory, std::uint64_t max_bytes) -> std::unique_ptr<Store> {
       return open_store(directory.path(), max_bytes);
     }},
};

class StoreContractTest : public testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<Store> open(std::uint64_t max_bytes = 0) {
    return GetParam().open(directory_, max_bytes);
  }

  StoreSize size_of(Store& store) {
    const auto size = store.size();
    EXPECT_TRUE(size) << size.error().text();
    return size.value();
  }

 private:
  StoreDirectory directory_;
};

INSTANTIATE_TEST_SUITE_P(Every, StoreContractTest, testing::ValuesIn(kinds),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(StoreContractTest, WhatWasNotKeptIsAMissAndNoError) {
  const auto store = open();
  const auto entry = store->find(key_of(1));
  ASSERT_TRUE(entry);
  EXPECT_FALSE(entry.value());
  const auto blob = store->load(Digest::of("no such bytes"));
  ASSERT_TRUE(blob);
  EXPECT_FALSE(blob.value());
}

TEST_P(StoreContractTest, WhatWasKeptIsFoundWithItsWarnings) {
  const auto store = open();
  const Blob blob = blob_of(1);
  const Entry entry = entry_of(blob, std::string("ld: warning\nwith a \0 in it", 26));
  ASSERT_TRUE(store->put(key_of(1), entry, blob));
  EXPECT_EQ(store->find(key_of(1)).value(), entry);
  EXPECT_EQ(store->load(entry.output).value()->text(), blob.text());
  EXPECT_FALSE(store->find(key_of(2)).value());
}

TEST_P(StoreContractTest, BlobsOfAnySizeComeBackAsTheyWere) {
  const auto store = open();
  for (const int number : {0, 1, 16384, 131072, 131073, 1'000'000}) {
    const auto size = static_cast<std::size_t>(number);
    ASSERT_TRUE(put(*store, number, size));
    EXPECT_TRUE(has(*store, number, size)) << size;
  }
}

TEST_P(StoreContractTest, ALaterKeepReplacesTheEntryAndForgetsTheBlob) {
  const auto store = open();
  const Blob before = blob_of(1);
  const Blob after = blob_of(2, 200'000);
  ASSERT_TRUE(store->put(key_of(1), entry_of(before), before));
  ASSERT_TRUE(store->put(key_of(1), entry_of(after, "new"), after));
  ASSERT_TRUE(store->flush());
  EXPECT_EQ(store->find(key_of(1)).value(), entry_of(after, "new"));
  EXPECT_FALSE(store->load(entry_of(before).output).value());
  EXPECT_EQ(size_of(*store).entries, 1u);
  EXPECT_EQ(size_of(*store).blobs, 1u);
}

TEST_P(StoreContractTest, KeepingTheSameAgainChangesNothing) {
  const auto store = open();
  ASSERT_TRUE(put(*store, 1, 200'000));
  const StoreSize before = size_of(*store);
  ASSERT_TRUE(put(*store, 1, 200'000));
  EXPECT_TRUE(has(*store, 1, 200'000));
  EXPECT_EQ(size_of(*store).entries, before.entries);
  EXPECT_EQ(size_of(*store).blobs, before.blobs);
}

TEST_P(StoreContractTest, EntriesShareABlobUntilTheLastOneGoes) {
  const auto store = open();
  const Blob shared = blob_of(1);
  const Blob other = blob_of(2);
  ASSERT_TRUE(store->put(key_of(1), entry_of(shared), shared));
  ASSERT_TRUE(store->put(key_of(2), entry_of(shared), shared));
  EXPECT_EQ(size_of(*store).blobs, 1u);
  ASSERT_TRUE(store->put(key_of(1), entry_of(other), other));
  EXPECT_TRUE(store->load(entry_of(shared).output).value());
  ASSERT_TRUE(store->put(key_of(2), entry_of(other), other));
  ASSERT_TRUE(store->flush());
  EXPECT_FALSE(store->load(entry_of(shared).output).value());
}

TEST_P(StoreContractTest, ADigestThatIsNotTheBlobsIsRefused) {
  const auto store = open();
  const Blob blob = blob_of(1);
  const auto kept = store->put(key_of(1), entry_of(blob_of(2)), blob);
  const auto flushed = store->flush();
  ASSERT_FALSE(kept && flushed);
  EXPECT_EQ((kept ? flushed : kept).error().kind, ErrorKind::internal);
  EXPECT_TRUE(store->flush()) << "it was reported";
  EXPECT_FALSE(store->find(key_of(1)).value());
}

TEST_P(StoreContractTest, OfManyAtOnceEachIsKeptOrNotForItself) {
  const auto store = open(4 << 20);
  ASSERT_TRUE(enqueue(*store, 1) && enqueue(*store, 2, 200'000));
  const Blob wrong = blob_of(4);
  static_cast<void>(store->put(key_of(4), entry_of(blob_of(5)), wrong));
  static_cast<void>(enqueue(*store, 6, 5 << 20));
  static_cast<void>(enqueue(*store, 7));
  static_cast<void>(store->flush());
  EXPECT_TRUE(has(*store, 1) && has(*store, 2, 200'000) && has(*store, 7));
  EXPECT_FALSE(store->find(key_of(4)).value() || store->find(key_of(6)).value());
}

TEST_P(StoreContractTest, ANoteIsReadBackUntilALaterOneReplacesIt) {
  const auto store = open();
  EXPECT_FALSE(store->note(key_of(1)).value());
  ASSERT_TRUE(store->put_note(key_of(1), std::string("a\0b", 3)));
  EXPECT_EQ(store->note(key_of(1)).value(), std::string("a\0b", 3));
  ASSERT_TRUE(store->put_note(key_of(1), ""));
  ASSERT_TRUE(store->flush());
  EXPECT_EQ(store->note(key_of(1)).value(), "");
  EXPECT_EQ(size_of(*store).entries, 1u);
}

TEST_P(StoreContractTest, NotesAndResultsOfTheSameKeyDoNotCollide) {
  const auto store = open();
  ASSERT_TRUE(put(*store, 1));
  EXPECT_FALSE(store->note(key_of(1)).value());
  ASSERT_TRUE(store->put_note(key_of(1), "note"));
  ASSERT_TRUE(store->put_note(key_of(2), "note"));
  ASSERT_TRUE(store->flush());
  EXPECT_TRUE(has(*store, 1));
  EXPECT_FALSE(store->find(key_of(2)).value());
  EXPECT_EQ(store->note(key_of(1)).value(), "note");
}

TEST_P(StoreContractTest, NotesAreEvictedWithResultsLeastRecentlyUsedFirst) {
  constexpr std::uint64_t limit = 4 << 20;
  const auto store = open(limit);
  const auto text = [](int number) { return std::string(blob_of(number, 20'000).text()); };
  ASSERT_TRUE(put(*store, 1000));
  for (int number = 0; number < 300; ++number) {
    ASSERT_TRUE(store->put_note(key_of(number), text(number))) << number;
    ASSERT_TRUE(store->flush()) << number;
    ASSERT_EQ(store->note(key_of(0)).value(), text(0))
        << "read before each, and gone at " << number;
    ASSERT_LE(size_of(*store).bytes, limit) << number;
  }
  EXPECT_EQ(store->note(key_of(299)).value(), text(299));
  EXPECT_FALSE(store->note(key_of(1)).value());
  EXPECT_FALSE(has(*store, 1000));
  ASSERT_TRUE(store->trim(0, {}));
  EXPECT_FALSE(store->note(key_of(299)).value());
}

TEST_P(StoreContractTest, ABlobThatCanNeverFitIsUnavailableAndEvictsNothing) {
  const auto store = open(4 << 20);
  ASSERT_TRUE(put(*store, 1));
  const auto kept = put(*store, 2, 5 << 20);
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(kept.error().text(), testing::HasSubstr("does not fit"));
  EXPECT_TRUE(has(*store, 1));
  EXPECT_TRUE(put(*store, 3));
}

TEST_P(StoreContractTest, AFullStoreEvictsTheLeastRecentlyUsedAndKeepsToItsLimit) {
  constexpr std::uint64_t limit = 6 << 20;
  constexpr std::size_t large = 60'000;
  const auto store = open(limit);
  ASSERT_TRUE(put(*store, 0, large));
  for (int number = 1; number <= 120; ++number) {
    ASSERT_TRUE(put(*store, number, large)) << number;
    ASSERT_TRUE(has(*store, 0, large)) << "found before each keep, and gone after " << number;
    ASSERT_LE(size_of(*store).bytes, limit) << number;
  }
  EXPECT_TRUE(has(*store, 120, large));
  EXPECT_FALSE(has(*store, 1, large));
  EXPECT_EQ(size_of(*store).max_bytes, limit);
}

TEST_P(StoreContractTest, TrimEvictsTheLeastRecentlyUsedFirst) {
  const auto store = open();
  constexpr int results = 12;
  constexpr std::size_t large = 150'000;
  for (int number = 0; number < results; ++number) ASSERT_TRUE(put(*store, number, large));
  for (const int number : {3, 0, 11}) ASSERT_TRUE(has(*store, number, large));

  std::vector<int> gone;
  while (size_of(*store).entries > 0) {
    const StoreSize before = size_of(*store);
    const auto freed = store->trim(before.bytes - 1, {});
    ASSERT_TRUE(freed) << freed.error().text();
    ASSERT_GT(freed.value(), 0u);
    ASSERT_EQ(before.bytes - size_of(*store).bytes, freed.value());
    // Looking at a result would be using it, so look at its bytes alone.
    for (int number = 0; number < results; ++number) {
      const Digest digest = entry_of(blob_of(number, large)).output;
      const bool is_known = std::find(gone.begin(), gone.end(), number) != gone.end();
      if (!is_known && !store->load(digest).value()) gone.push_back(number);
    }
  }
  EXPECT_THAT(gone, testing::ElementsAre(1, 2, 4, 5, 6, 7, 8, 9, 10, 3, 0, 11));
}

TEST_P(StoreContractTest, TrimToNothingLeavesAnEmptyStoreThatWorks) {
  const auto store = open();
  for (int number = 0; number < 20; ++number) ASSERT_TRUE(put(*store, number, 20'000));
  ASSERT_TRUE(put(*store, 20, 200'000));
  ASSERT_TRUE(store->trim(0, {}));
  EXPECT_EQ(size_of(*store).entries, 0u);
  EXPECT_EQ(size_of(*store).blobs, 0u);
  EXPECT_TRUE(put(*store, 1));
  EXPECT_TRUE(has(*store, 1));
}

TEST_P(StoreContractTest, ATrimThatIsStoppedLeavesAStoreThatWorks) {
  const auto store = open();
  for (int number = 0; number < 400; ++number) ASSERT_TRUE(put(*store, number));
  std::optional<Trimmed> progress;
  const auto trimmed = store->trim(0, [&](const Trimmed& now) {
    progress = now;
    return false;
  });
  if (progress) {  // not where it is done at once
    ASSERT_FALSE(trimmed);
    EXPECT_EQ(trimmed.error().kind, ErrorKind::cancelled);
    EXPECT_LE(progress->freed, progress->to_free);
  }
  EXPECT_TRUE(store->trim(0, {}));
  EXPECT_EQ(size_of(*store).entries, 0u);
  EXPECT_TRUE(put(*store, 1));
  EXPECT_TRUE(has(*store, 1));
}

TEST_P(StoreContractTest, TrimToMoreThanIsUsedFreesNothing) {
  const auto store = open();
  ASSERT_TRUE(put(*store, 1));
  EXPECT_EQ(store->trim(100 << 20, {}).value(), 0u);
  EXPECT_TRUE(has(*store, 1));
}

TEST_P(StoreContractTest, CountersAddUp) {
  const auto store = open();
  EXPECT_THAT(store->counters().value(), testing::IsEmpty());
  store->count("hit");
  store->count("hit");
  store->count("bytes", 40);
  EXPECT_THAT(store->counters().value(),
              testing::UnorderedElementsAre(testing::Pair("hit", 2), testing::Pair("bytes", 40)));
}

TEST_P(StoreContractTest, CountersThatWereSetToZeroCountOn) {
  const auto store = open();
  store->count("hit", 40);
  store->zero_counters();
  EXPECT_EQ(counter(*store, "hit"), 0u);
  store->count("hit");
  EXPECT_EQ(counter(*store, "hit"), 1u);
}

TEST_P(StoreContractTest, WhatIsClearedIsGoneAndWasNotEvicted) {
  const auto store = open();
  for (int number = 0; number < 20; ++number) ASSERT_TRUE(put(*store, number, 20'000));
  ASSERT_TRUE(store->put_note(key_of(21), "a note"));
  ASSERT_TRUE(store->clear());
  EXPECT_EQ(size_of(*store).entries, 0u);
  EXPECT_FALSE(has(*store, 1, 20'000));
  EXPECT_EQ(counter(*store, "store.evicted"), 0u);
}

TEST_P(StoreContractTest, InAnIntactStoreEverythingIsVerified) {
  const auto store = open();
  for (int number = 0; number < 20; ++number) ASSERT_TRUE(put(*store, number));
  ASSERT_TRUE(put(*store, 20, 200'000));
  std::uint64_t last = 0;
  const auto verified = store->verify([&](const Verified& progress) {
    EXPECT_GE(progress.checked, last);
    last = progress.checked;
    return true;
  });
  ASSERT_TRUE(verified);
  EXPECT_GE(verified.value().checked, 21u);
  EXPECT_EQ(verified.value().checked, verified.value().total);
  EXPECT_EQ(verified.value().dropped, 0u);
  EXPECT_TRUE(has(*store, 20, 200'000));
}

TEST_P(StoreContractTest, ManyThreadsKeepFindTrimAndCountAtOnce) {
  const auto store = open(8 << 20);
  constexpr int threads = 8;
  constexpr int each = 40;
  std::vector<std::thread> running;
  for (int thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      for (int i = 0; i < each; ++i) {
        const int number = (i * threads + thread) % 100;  // shared by all
        const std::size_t size = number % 5 == 0 ? 150'000 : 3'000;
        EXPECT_TRUE(put(*store, number, size));
        static_cast<void>(has(*store, number, size));  // another may have evicted it
        store->count("round");
        if (i % 20 == 0) {
          EXPECT_TRUE(store->trim(4 << 20, {}));
        }
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  EXPECT_EQ(store->counters().value().at("round"), std::uint64_t{threads * each});
  EXPECT_LE(size_of(*store).bytes, 8u << 20);
}

}  // namespace
}  // namespace cbundle
