// Transactions: what is written together is committed together, and fails alone.

#include "engine/store/cache_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/store/samples.h"

namespace cbundle {
namespace {

class CacheWriterTest : public testing::Test {
 protected:
  std::unique_ptr<CacheWriter> open(std::uint64_t max_bytes = 0) {
    auto writer = CacheWriter::open(
        directory_.path(), SizeLimit(max_bytes), CacheWriter::Start::existing,
        {.take_uses = [] { return std::vector<Use>(); },
         .on_evicted = [this](std::uint64_t results) { evicted_ += results; },
         .on_cache_warning = [](const std::string& text) { ADD_FAILURE() << text; }});
    EXPECT_TRUE(writer);
    return std::move(writer).value();
  }

  static Record record(int key, int number, std::size_t size = 1000) {
    const Blob blob = blob_of(number, size);
    return {key_of(key), entry_of(blob), blob, false, key + 1};
  }

  static Result<void> put(CacheWriter& writer, const Record& record) {
    return writer.put({&record, 1}).front();
  }

  static void fill_with_free_pages(CacheWriter& writer) {
    for (int key = 0; key < 40; ++key) ASSERT_TRUE(put(writer, record(key, key, 100'000)));
    for (int key = 0; key < 40; ++key) ASSERT_TRUE(put(writer, record(key, 100 + key, 100)));
  }

  StoreDirectory directory_;
  std::uint64_t evicted_ = 0;
};

TEST_F(CacheWriterTest, RecordsThatArePutTogetherShareACommit) {
  const auto writer = open();
  ASSERT_TRUE(put(*writer, record(0, 0)));
  const std::int64_t before = writer->log_pages();
  ASSERT_TRUE(put(*writer, record(1, 1)));
  const std::int64_t alone = writer->log_pages() - before;
  const std::vector<Record> records{record(2, 2), record(3, 3), record(4, 4)};
  for (const Result<void>& outcome : writer->put(records)) EXPECT_TRUE(outcome);
  EXPECT_LT(writer->log_pages() - before - alone, 2 * alone);
  EXPECT_EQ(writer->size().value().entries, 5u);
}

TEST_F(CacheWriterTest, ARecordThatFailsDoesNotAffectTheOthers) {
  const auto writer = open(4 << 20);
  std::vector<Record> records{record(1, 1), record(2, 2), record(3, 3, 200'000)};
  records[1].entry.output = Digest::of("other bytes");
  const std::vector<Result<void>> outcomes = writer->put(records);
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_TRUE(outcomes[0] && outcomes[2]);
  EXPECT_EQ(outcomes[1].error().kind, ErrorKind::internal);
  EXPECT_EQ(writer->size().value().entries, 2u);
}

TEST_F(CacheWriterTest, MoreRecordsThanTheLogHoldsAreSplit) {
  const auto writer = open(4 << 20);
  std::vector<Record> records;
  for (int key = 0; key < 30; ++key) records.push_back(record(key, key, 20'000));
  for (const Result<void>& outcome : writer->put(records)) EXPECT_TRUE(outcome);
  EXPECT_EQ(writer->size().value().entries, 30u);
  EXPECT_LE(writer->log_pages(), SizeLimit(4 << 20).log_pages());
}

TEST_F(CacheWriterTest, TheLogStaysWithinItsLimit) {
  const auto writer = open();
  const std::int64_t limit = SizeLimit(0).log_pages();
  for (int round = 0; round < 400; ++round) {
    ASSERT_TRUE(put(*writer, record(1, round, 100'000)));
    ASSERT_LE(writer->log_pages(), limit);
  }
  EXPECT_TRUE(writer->is_log_long());
  ASSERT_TRUE(writer->checkpoint());
  while (writer->vacuum_step().value()) {
  }
  EXPECT_EQ(writer->log_pages(), 0);
  EXPECT_EQ(std::filesystem::file_size(directory_.path() / "store.db-wal"), 0u);
}

TEST_F(CacheWriterTest, VacuumingGivesFreePagesBackToTheDisk) {
  const auto writer = open();
  fill_with_free_pages(*writer);
  EXPECT_GT(writer->size().value().bytes, 4'000'000u);
  while (writer->vacuum_step().value()) {
  }
  EXPECT_LT(writer->size().value().bytes, 500'000u);
  EXPECT_EQ(writer->size().value().entries, 40u);
}

TEST_F(CacheWriterTest, AFileFindsRoomWhereOnlyPagesAreFree) {
  const auto writer = open(8 << 20);
  fill_with_free_pages(*writer);
  ASSERT_TRUE(put(*writer, record(1000, 1000, 5'000'000)));
  EXPECT_LE(writer->size().value().bytes, 8u << 20);
}

TEST_F(CacheWriterTest, ABlobOfManyEntriesIsEvictedAfterAllOfThem) {
  const auto writer = open(3 << 20);
  const Blob common = blob_of(1, 1000);
  for (int key = 0; key < 500; ++key) {
    const Entry entry = entry_of(common, std::string(4000, 'w'));
    ASSERT_TRUE(put(*writer, {key_of(key), entry, common, false, key + 1}));
  }
  const StoreSize size = writer->size().value();
  EXPECT_LE(size.bytes, 3u << 20);
  EXPECT_EQ(size.entries, 500 - evicted_);
  EXPECT_EQ(size.blobs, 1u);
  EXPECT_GT(evicted_, 0u);
}

}  // namespace
}  // namespace cbundle
