// A damaged store misses; it never gives wrong bytes, and it works again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/files.h"
#include "engine/store/database.h"
#include "engine/store/disk_cache.h"
#include "tests/engine/store/samples.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

fs::path blob_file(const StoreDirectory& directory, const Digest& digest) {
  const std::string hex = digest.hex();
  return directory.path() / "blobs" / hex.substr(0, 2) / hex.substr(2);
}

void flip_bit_of_file(const fs::path& path, std::uint64_t position) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(position));
  const char byte = static_cast<char>(file.get() ^ 0x10);
  file.seekp(static_cast<std::streamoff>(position));
  file.put(byte);
  ASSERT_TRUE(file.good()) << path;
}

// One bit of one column in the row where `column_of_name` is `name`.
void flip_bit_of_row(Database& database, const std::string& table, const std::string& column,
                     const std::string& name_column, std::string_view name, std::size_t position) {
  std::string bytes;
  {
    const std::string sql = "SELECT " + column + " FROM " + table + " WHERE " + name_column + "=?";
    Rows rows = database.query(sql, name).value();
    ASSERT_TRUE(rows.next().value()) << table << '.' << column;
    bytes = rows.bytes(0);
  }
  ASSERT_LT(position, bytes.size()) << table << '.' << column;
  bytes[position] = static_cast<char>(bytes[position] ^ 0x10);
  const std::string sql = "UPDATE " + table + " SET " + column + "=? WHERE " + name_column + "=?";
  ASSERT_TRUE(database.run(sql, std::string_view(bytes), name));
}

struct Place {
  std::string table;
  std::string column;
  std::size_t position;
};

std::vector<Place> every_place() {
  std::vector<Place> places;
  for (std::size_t byte = 0; byte < 16; ++byte) {
    places.push_back({"entry", "key", byte});
    places.push_back({"entry", "checksum", byte});
    places.push_back({"blob", "digest", byte});
  }
  for (const std::size_t other : {1u, 1'000'000u}) places.push_back({"entry", "blob", other});
  for (std::size_t byte = 0; byte < 9; ++byte) places.push_back({"entry", "warnings", byte});
  for (const std::size_t byte : {0u, 1u, 500u, 998u, 999u}) {
    places.push_back({"blob", "data", byte});
  }
  return places;
}

TEST(DamageTest, ABitFlipAnywhereInARowIsAMissAndTheRestStays) {
  const StoreDirectory directory;
  const std::vector<Place> places = every_place();
  const int damaged = static_cast<int>(places.size());
  const int all = damaged + 10;
  {
    const auto store = open_store(directory.path());
    for (int number = 0; number < all; ++number) ASSERT_TRUE(put(*store, number));
  }
  {
    Database database = Database::open(directory.database(), Database::Mode::open).value();
    for (int number = 0; number < damaged; ++number) {
      const Place& place = places[static_cast<std::size_t>(number)];
      const Digest digest = entry_of(blob_of(number)).output;
      const bool in_entry = place.table == "entry";
      if (place.column == "blob") {  // that of another entry, or none
        ASSERT_TRUE(database.run("UPDATE entry SET blob=blob+? WHERE key=?",
                                 static_cast<std::int64_t>(place.position),
                                 key_of(number).digest.raw()));
        continue;
      }
      flip_bit_of_row(database, place.table, place.column, in_entry ? "key" : "digest",
                      in_entry ? key_of(number).digest.raw() : digest.raw(), place.position);
    }
  }
  const auto store = open_store(directory.path());
  for (int number = 0; number < all; ++number) {
    const bool is_damaged = number < damaged;
    const std::string where = is_damaged ? places[static_cast<std::size_t>(number)].table + '.' +
                                               places[static_cast<std::size_t>(number)].column
                                         : "undamaged";
    EXPECT_EQ(has(*store, number), !is_damaged) << where;
    ASSERT_TRUE(put(*store, number)) << where;
    EXPECT_TRUE(has(*store, number)) << where;
  }
  // Where a key is another, nothing is wrong, only missing.
  EXPECT_EQ(counter(*store, "store.corrupt"), 16u + 16u + 2u + 9u + 5u);
}

TEST(DamageTest, ABitFlipInABlobFileIsAMissAndTheFileGoes) {
  const StoreDirectory directory;
  constexpr std::size_t size = 200'000;
  const auto store = open_store(directory.path());
  int number = 0;
  for (const std::uint64_t position : {0u, 100'000u, 199'999u}) {
    ASSERT_TRUE(put(*store, ++number, size));
    const Digest digest = entry_of(blob_of(number, size)).output;
    flip_bit_of_file(blob_file(directory, digest), position);
    EXPECT_FALSE(has(*store, number, size));
    EXPECT_FALSE(store->find(key_of(number)).value());
    EXPECT_FALSE(fs::exists(blob_file(directory, digest)));
    EXPECT_EQ(counter(*store, "store.corrupt"), static_cast<std::uint64_t>(number));
    EXPECT_TRUE(put(*store, number, size));
    EXPECT_TRUE(has(*store, number, size));
  }
}

TEST(DamageTest, VerifyDropsAndCountsWhatIsDamagedAndNothingElse) {
  const StoreDirectory directory;
  const auto store = open_store(directory.path());
  for (int number = 0; number < 5; ++number) ASSERT_TRUE(put(*store, number));
  ASSERT_TRUE(put(*store, 5, 200'000));
  ASSERT_TRUE(store->put_note(key_of(6), "a note"));
  ASSERT_TRUE(store->flush());
  {
    Database database = Database::open(directory.path() / "store.db", Database::Mode::open).value();
    const Digest blob = Digest::of(blob_of(0).bytes());
    flip_bit_of_row(database, "blob", "data", "digest", blob.raw(), 7);
    flip_bit_of_row(database, "entry", "warnings", "key", key_of(1).digest.raw(), 3);
    flip_bit_of_row(database, "note", "text", "key", key_of(6).digest.raw(), 3);
  }
  flip_bit_of_file(blob_file(directory, Digest::of(blob_of(5, 200'000).bytes())), 1000);
  const auto verified = store->verify([](const Verified&) { return true; });
  ASSERT_TRUE(verified) << verified.error().text();
  EXPECT_EQ(verified.value().dropped, 4u);
  EXPECT_EQ(counter(*store, "store.corrupt"), 4u);
  for (const int number : {2, 3, 4}) EXPECT_TRUE(has(*store, number)) << number;
  EXPECT_FALSE(store->note(key_of(6)).value());
  EXPECT_EQ(store->verify([](const Verified&) { return true; }).value().dropped, 0u);
}

TEST(DamageTest, ABlobFileThatIsShortOrGoneIsAMiss) {
  const StoreDirectory directory;
  constexpr std::size_t size = 200'000;
  const auto store = open_store(directory.path());
  ASSERT_TRUE(put(*store, 1, size));
  ASSERT_TRUE(put(*store, 2, size));
  fs::resize_file(blob_file(directory, entry_of(blob_of(1, size)).output), size / 2);
  fs::remove(blob_file(directory, entry_of(blob_of(2, size)).output));
  for (const int number : {1, 2}) {
    EXPECT_FALSE(has(*store, number, size));
    EXPECT_FALSE(store->find(key_of(number)).value());
    EXPECT_TRUE(put(*store, number, size));
    EXPECT_TRUE(has(*store, number, size));
  }
  EXPECT_EQ(counter(*store, "store.corrupt"), 2u);
}

TEST(DamageTest, AMissingBlobFileIsWrittenAgainWhenItsResultIsKept) {
  const StoreDirectory directory;
  constexpr std::size_t size = 200'000;
  const auto store = open_store(directory.path());
  ASSERT_TRUE(put(*store, 1, size));
  fs::remove(blob_file(directory, entry_of(blob_of(1, size)).output));
  ASSERT_TRUE(put(*store, 1, size));
  EXPECT_TRUE(has(*store, 1, size));
}

TEST(DamageTest, ABitFlipAnywhereInTheDatabaseNeverGivesWrongBytes) {
  const StoreDirectory whole;
  {
    const auto store = open_store(whole.path());
    for (int number = 0; number < 20; ++number) ASSERT_TRUE(put(*store, number, 5'000));
  }
  const std::string content = read_file(whole.database()).value();
  const std::size_t step = content.size() / 40;
  for (std::size_t position = 0; position < content.size(); position += step + 1) {
    const StoreDirectory directory;
    fs::create_directories(directory.path());
    ASSERT_TRUE(write_file(directory.database(), content));
    flip_bit_of_file(directory.database(), position);
    CacheWarnings warnings;
    const auto store = open_store(directory.path(), 0, warnings.listener());
    ASSERT_TRUE(store);
    for (int number = 0; number < 20; ++number) static_cast<void>(has(*store, number, 5'000));
    if (!put(*store, 50)) {
      EXPECT_THAT(warnings.texts(), HasSubstr("is empty")) << position;
      EXPECT_TRUE(put(*store, 50)) << position;
    }
    EXPECT_TRUE(has(*store, 50)) << position;
  }
}

// Everything but the first page, which says what the database is.
void spoil(const fs::path& database) {
  const auto size = fs::file_size(database);
  std::fstream file(database, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);
  file << std::string(size - 4096, '\x5a');
}

TEST(DamageTest, ADatabaseFoundSpoiltWhileInUseIsSetAsideAndANewOneBegun) {
  const StoreDirectory directory;
  {
    const auto store = open_store(directory.path());
    for (int number = 0; number < 20; ++number) ASSERT_TRUE(put(*store, number));
    store->count("hit", 5);
  }
  {
    Database database = Database::open(directory.database(), Database::Mode::open).value();
    ASSERT_TRUE(database.execute("PRAGMA journal_mode=DELETE"));
  }
  const std::string before = read_file(directory.database()).value();
  CacheWarnings warnings;
  const auto store = open_store(directory.path(), 0, warnings.listener());
  ASSERT_TRUE(store);
  spoil(directory.database());
  const auto found = store->find(key_of(1));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(warnings.texts(), HasSubstr("is damaged"));
  EXPECT_TRUE(fs::exists(directory.path() / "store.db.broken-1"));

  EXPECT_FALSE(has(*store, 1));
  EXPECT_TRUE(put(*store, 1));
  EXPECT_TRUE(has(*store, 1));
  EXPECT_EQ(counter(*store, "hit"), 5u);
}

TEST(DamageTest, ADatabaseCutShortWhileInUseCostsResultsOnly) {
  const StoreDirectory directory;
  {
    const auto store = open_store(directory.path());
    for (int number = 0; number < 20; ++number) ASSERT_TRUE(put(*store, number, 20'000));
  }
  CacheWarnings warnings;
  const auto store = open_store(directory.path(), 0, warnings.listener());
  ASSERT_TRUE(has(*store, 1, 20'000));
  fs::resize_file(directory.database(), 16384);
  for (int number = 0; number < 20; ++number) static_cast<void>(has(*store, number, 20'000));
  if (!put(*store, 50)) {
    EXPECT_TRUE(put(*store, 50)) << warnings.texts();
  }
  EXPECT_TRUE(has(*store, 50));
}

TEST(DamageTest, AStoreDamagedAgainAndAgainIsSwitchedOff) {
  const StoreDirectory directory;
  CacheWarnings warnings;
  const auto store = open_store(directory.path(), 0, warnings.listener());
  for (int round = 0; round < 4; ++round) {
    ASSERT_TRUE(put(*store, 1)) << warnings.texts();
    fs::remove(directory.database());
    EXPECT_FALSE(put(*store, 2));
  }
  EXPECT_THAT(warnings.texts(), HasSubstr("too often"));
  const auto kept = put(*store, 1);
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().kind, ErrorKind::unavailable);
  EXPECT_FALSE(store->find(key_of(1)));
  EXPECT_FALSE(store->size());
  store->count("hit");
}

TEST(DamageTest, ATruncatedDatabaseIsSetAsideOrMisses) {
  const StoreDirectory whole;
  {
    const auto store = open_store(whole.path());
    for (int number = 0; number < 20; ++number) ASSERT_TRUE(put(*store, number, 5'000));
  }
  const std::string content = read_file(whole.database()).value();
  for (const std::size_t size : {100u, 16384u, 20000u, 65536u}) {
    const StoreDirectory directory;
    fs::create_directories(directory.path());
    ASSERT_TRUE(write_file(directory.database(), content.substr(0, size)));
    CacheWarnings warnings;
    const auto store = open_store(directory.path(), 0, warnings.listener());
    ASSERT_TRUE(store);
    for (int number = 0; number < 20; ++number) static_cast<void>(has(*store, number, 5'000));
    static_cast<void>(put(*store, 50));
    EXPECT_TRUE(put(*store, 50)) << size;
    EXPECT_TRUE(has(*store, 50)) << size;
    EXPECT_THAT(warnings.texts(), HasSubstr("is empty")) << size;
  }
}

// A blob file that no row names; the file system's clock has moved on since.
fs::path leave_orphan(const StoreDirectory& directory) {
  const fs::path orphan = blob_file(directory, Digest::of("orphan"));
  fs::create_directories(orphan.parent_path());
  EXPECT_TRUE(write_file(orphan, "orphan"));
  const fs::path later = directory.path() / "later";
  do {
    EXPECT_TRUE(write_file(later, ""));
  } while (stamp_of(later).value().changed_ns == stamp_of(orphan).value().changed_ns);
  return orphan;
}

bool goes_away(const fs::path& path) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (fs::exists(path) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  return !fs::exists(path);
}

TEST(DamageTest, WhatAKilledProcessLeftWithoutARowIsSwept) {
  const StoreDirectory directory;
  const StoreDirectory killed;
  const auto store = open_store(directory.path());
  ASSERT_TRUE(put(*store, 1, 200'000));
  // What a kill would leave: the files of a store that is still open.
  fs::copy(directory.path(), killed.path(), fs::copy_options::recursive);
  const fs::path orphan = leave_orphan(killed);
  const fs::path unfinished = killed.path() / "blobs" / "new" / std::string(32, 'a');
  ASSERT_TRUE(write_file(unfinished, "orp"));

  const auto again = open_store(killed.path());
  EXPECT_FALSE(fs::exists(unfinished));
  EXPECT_TRUE(goes_away(orphan));
  EXPECT_TRUE(has(*again, 1, 200'000));
}

TEST(DamageTest, BlobFilesOfADatabaseThatSomeoneRemovedAreSwept) {
  const StoreDirectory directory;
  ASSERT_TRUE(put(*open_store(directory.path()), 1, 200'000));
  fs::remove(directory.database());
  const fs::path orphan = leave_orphan(directory);
  const auto store = open_store(directory.path());
  EXPECT_TRUE(goes_away(orphan));
  EXPECT_FALSE(has(*store, 1, 200'000));
}

}  // namespace
}  // namespace cbundle
