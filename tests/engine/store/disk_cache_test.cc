// The store on disk: what outlives a process, who may use it, and where it lives.

#include "engine/store/disk_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "engine/store/database.h"
#include "tests/engine/store/samples.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(directory)) {
    names.push_back(file.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::size_t files_below(const fs::path& directory) {
  std::size_t files = 0;
  if (!fs::exists(directory)) return 0;
  for (const auto& file : fs::recursive_directory_iterator(directory)) {
    if (file.is_regular_file()) ++files;
  }
  return files;
}

TEST(DiskCacheTest, ResultsOutliveTheProcess) {
  const StoreDirectory directory;
  {
    const auto store = open_store(directory.path());
    ASSERT_TRUE(put(*store, 1));
    ASSERT_TRUE(put(*store, 2, 300'000));
  }
  const auto store = open_store(directory.path());
  EXPECT_TRUE(has(*store, 1));
  EXPECT_TRUE(has(*store, 2, 300'000));
  EXPECT_FALSE(has(*store, 3));
}

TEST(DiskCacheTest, CountersOutliveTheProcess) {
  const StoreDirectory directory;
  for (std::uint64_t round = 1; round <= 3; ++round) {
    const auto store = open_store(directory.path());
    store->count("hit", 2);
    EXPECT_EQ(counter(*store, "hit"), 2 * round);
  }
}

TEST(DiskCacheTest, TheOrderOfUseOutlivesTheProcess) {
  const StoreDirectory directory;
  constexpr std::size_t large = 150'000;
  {
    const auto store = open_store(directory.path());
    for (int number = 0; number < 8; ++number) ASSERT_TRUE(put(*store, number, large));
    ASSERT_TRUE(has(*store, 0, large));
  }
  {
    const auto store = open_store(directory.path());
    ASSERT_TRUE(has(*store, 1, large));
  }
  const auto store = open_store(directory.path());
  ASSERT_TRUE(store->trim(store->size().value().bytes - 1, {}));  // the log alone
  ASSERT_TRUE(store->trim(store->size().value().bytes - 5 * large, {}));
  EXPECT_TRUE(has(*store, 0, large));
  EXPECT_TRUE(has(*store, 1, large));
  EXPECT_FALSE(has(*store, 2, large));
}

TEST(DiskCacheTest, TheDirectoryIsMadeForItsOwnerAlone) {
  const StoreDirectory directory;
  const fs::path path = directory.path() / "deep" / "down";
  const auto store = open_store(path);
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST(DiskCacheTest, ADirectoryThatCannotBeMadeIsUnavailable) {
  const auto store = DiskCache::open("/proc/cbundle", 0, [](const std::string&) {});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(store.error().text(), HasSubstr("CBUNDLE_CACHE_DIR"));
}

TEST(DiskCacheTest, ASecondOneOnTheSameDirectoryIsRefusedWhileTheFirstLives) {
  const StoreDirectory directory;
  auto first = open_store(directory.path());
  ASSERT_TRUE(put(*first, 1));
  const auto second = DiskCache::open(directory.path(), 0, [](const std::string&) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(second.error().text(), HasSubstr("another cbundled"));
  EXPECT_THAT(second.error().text(), HasSubstr("process " + std::to_string(::getpid())));
  EXPECT_TRUE(has(*first, 1));
  first.reset();
  EXPECT_TRUE(has(*open_store(directory.path()), 1));
}

TEST(DiskCacheTest, ClosingLeavesNoLogBehind) {
  const StoreDirectory directory;
  ASSERT_TRUE(put(*open_store(directory.path()), 1));
  EXPECT_THAT(names_in(directory.path()), testing::ElementsAre("lock", "store.db"));
}

TEST(DiskCacheTest, OnlyLargeBlobsAreFilesNamedByTheirDigest) {
  const StoreDirectory directory;
  const auto store = open_store(directory.path());
  ASSERT_TRUE(put(*store, 1, 128 * 1024));
  EXPECT_EQ(files_below(directory.path() / "blobs"), 0u);
  ASSERT_TRUE(put(*store, 2, 128 * 1024 + 1));
  const std::string hex = entry_of(blob_of(2, 128 * 1024 + 1)).output.hex();
  EXPECT_TRUE(fs::is_regular_file(directory.path() / "blobs" / hex.substr(0, 2) / hex.substr(2)));
  EXPECT_EQ(files_below(directory.path() / "blobs"), 1u);
  ASSERT_TRUE(store->trim(0, {}));
  EXPECT_EQ(files_below(directory.path() / "blobs"), 0u);
}

TEST(DiskCacheTest, ADatabaseOfAnotherVersionIsSetAsideAndANewOneBegun) {
  const StoreDirectory directory;
  ASSERT_TRUE(put(*open_store(directory.path()), 1, 300'000));
  {
    Database database = Database::open(directory.database(), Database::Mode::open).value();
    ASSERT_TRUE(database.execute("PRAGMA user_version=99"));
  }
  CacheWarnings warnings;
  const auto store = open_store(directory.path(), 0, warnings.listener());
  EXPECT_THAT(warnings.texts(), HasSubstr("version 99"));
  EXPECT_TRUE(fs::exists(directory.path() / "store.db.broken-1"));
  EXPECT_FALSE(has(*store, 1, 300'000));
  EXPECT_EQ(files_below(directory.path() / "blobs"), 0u);
  EXPECT_TRUE(put(*store, 1));
  EXPECT_TRUE(has(*store, 1));
}

TEST(DiskCacheTest, ADatabaseWithOtherTablesIsSetAside) {
  for (const char* change :
       {"ALTER TABLE entry ADD COLUMN more", "DROP INDEX entry_by_use",
        "CREATE TRIGGER evil AFTER INSERT ON entry BEGIN DELETE FROM blob; END",
        "PRAGMA application_id=0"}) {
    const StoreDirectory directory;
    ASSERT_TRUE(put(*open_store(directory.path()), 1));
    {
      Database database = Database::open(directory.database(), Database::Mode::open).value();
      ASSERT_TRUE(database.execute(change));
    }
    CacheWarnings warnings;
    const auto store = open_store(directory.path(), 0, warnings.listener());
    EXPECT_THAT(warnings.texts(), HasSubstr("set aside")) << change;
    EXPECT_TRUE(put(*store, 1)) << change;
  }
}

TEST(DiskCacheTest, AFileThatIsNoDatabaseIsSetAside) {
  const StoreDirectory directory;
  fs::create_directories(directory.path());
  std::ofstream(directory.database()) << std::string(50'000, 'x');
  CacheWarnings warnings;
  const auto store = open_store(directory.path(), 0, warnings.listener());
  EXPECT_THAT(warnings.texts(), HasSubstr("set aside"));
  EXPECT_TRUE(fs::exists(directory.path() / "store.db.broken-1"));
  EXPECT_TRUE(put(*store, 1));
  EXPECT_TRUE(has(*store, 1));
}

TEST(DiskCacheTest, ADirectoryInThePlaceOfTheDatabaseIsSetAside) {
  const StoreDirectory directory;
  fs::create_directories(directory.database() / "inside");
  CacheWarnings warnings;
  const auto store = open_store(directory.path(), 0, warnings.listener());
  EXPECT_THAT(warnings.texts(), HasSubstr("not a file"));
  EXPECT_TRUE(put(*store, 1));
}

TEST(DiskCacheTest, OnlyTheLatestTwoBrokenDatabasesStay) {
  const StoreDirectory directory;
  fs::create_directories(directory.path());
  CacheWarnings warnings;
  for (int round = 0; round < 4; ++round) {
    std::ofstream(directory.database(), std::ios::trunc) << std::string(50'000, 'x');
    ASSERT_TRUE(open_store(directory.path(), 0, warnings.listener()));
  }
  EXPECT_THAT(names_in(directory.path()),
              testing::ElementsAre("lock", "store.db", "store.db.broken-3", "store.db.broken-4"));
}

TEST(DiskCacheTest, BrokenDatabasesCountAndAreTheFirstToGo) {
  const StoreDirectory directory;
  fs::create_directories(directory.path());
  std::ofstream(directory.database()) << std::string(3 << 20, 'x');
  CacheWarnings warnings;
  const auto store = open_store(directory.path(), 4 << 20, warnings.listener());
  EXPECT_GT(store->size().value().bytes, 3u << 20);
  ASSERT_TRUE(put(*store, 1, 600'000));
  EXPECT_FALSE(fs::exists(directory.path() / "store.db.broken-1"));
  EXPECT_LT(store->size().value().bytes, 3u << 20);
}

TEST(DiskCacheTest, ARemovedDirectoryIsMadeAgain) {
  const StoreDirectory directory;
  CacheWarnings warnings;
  const auto store = open_store(directory.path(), 0, warnings.listener());
  ASSERT_TRUE(put(*store, 1));
  store->count("hit", 7);
  fs::remove_all(directory.path());
  EXPECT_FALSE(put(*store, 2));
  EXPECT_THAT(warnings.texts(), HasSubstr("gone"));
  EXPECT_TRUE(put(*store, 3));
  EXPECT_TRUE(has(*store, 3));
  EXPECT_FALSE(has(*store, 1));
  EXPECT_EQ(counter(*store, "hit"), 7u);
  EXPECT_TRUE(fs::exists(directory.database()));
}

// Keeps until it is killed, and tells each result that was kept.
[[noreturn]] void keep_for_ever(const fs::path& directory, int told) {
  auto store = DiskCache::open(directory, 0, [](const std::string&) {});
  for (int number = 0; store; ++number) {
    if (!put(*store.value(), number, number % 3 == 0 ? 200'000 : 2'000)) break;
    if (::write(told, &number, sizeof number) != sizeof number) break;
  }
  ::_exit(1);
}

TEST(DiskCacheTest, WhatWasKeptBeforeAKillIsThereAndNothingElse) {
  const StoreDirectory directory;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) keep_for_ever(directory.path(), ends[1]);
  ::close(ends[1]);
  int last = -1;
  while (last < 30 && ::read(ends[0], &last, sizeof last) == sizeof last) {
  }
  ::kill(child, SIGKILL);
  while (::read(ends[0], &last, sizeof last) == sizeof last) {
  }
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  ASSERT_GE(last, 30);

  const auto store = open_store(directory.path());
  for (int number = 0; number <= last; ++number) {
    EXPECT_TRUE(has(*store, number, number % 3 == 0 ? 200'000 : 2'000)) << number;
  }
}

}  // namespace
}  // namespace cbundle
