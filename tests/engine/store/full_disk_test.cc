// A disk that is full or fails costs results, never a wrong one, and is forgiven later.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "engine/store/disk_cache.h"
#include "tests/engine/store/samples.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A file system of its own, which only this process sees and which goes with it.
class SmallDisk {
 public:
  explicit SmallDisk(const char* size) {
    std::string name = "/tmp/cbundle-disk-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return;
    path_ = name;
    is_there_ =
        ::unshare(CLONE_NEWNS) == 0 &&
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
        ::mount("tmpfs", path_.c_str(), "tmpfs", 0, (std::string("size=") + size).c_str()) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (is_there_) ::umount2(path_.c_str(), MNT_DETACH);
    std::error_code ignored;
    fs::remove(path_, ignored);
  }

  bool is_there() const { return is_there_; }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool is_there_ = false;
};

TEST(FullDiskTest, AResultThatFindsNoRoomIsNotKeptAndTheRestStays) {
  const SmallDisk disk("16m");
  if (!disk.is_there()) GTEST_SKIP() << "this user may not mount a tmpfs";
  const auto store = open_store(disk.path() / "cache");
  ASSERT_TRUE(store);
  int kept = 0;
  Result<void> last;
  while (kept < 1000 && (last = put(*store, kept, 300'000))) ++kept;
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(last.error().text(), HasSubstr("free"));
  EXPECT_GT(kept, 20);
  EXPECT_GT(fs::space(disk.path()).available, 700'000u) << "others need room too";
  for (int number = 0; number < kept; ++number) EXPECT_TRUE(has(*store, number, 300'000));

  ASSERT_TRUE(store->trim(4 << 20, {}));
  EXPECT_TRUE(put(*store, 2000, 300'000));
  EXPECT_TRUE(has(*store, 2000, 300'000));
}

TEST(FullDiskTest, ADiskFilledByOthersIsForgivenOnceThereIsRoom) {
  const SmallDisk disk("16m");
  if (!disk.is_there()) GTEST_SKIP() << "this user may not mount a tmpfs";
  const auto store = open_store(disk.path() / "cache");
  ASSERT_TRUE(store);
  ASSERT_TRUE(put(*store, 1));
  const fs::path other = disk.path() / "other";
  std::ofstream(other) << std::string(20 << 20, 'x');  // as much as there is
  EXPECT_EQ(fs::space(disk.path()).available, 0u);

  for (const std::size_t size : {1'000u, 300'000u}) {
    const auto kept = put(*store, 2, size);
    ASSERT_FALSE(kept);
    EXPECT_EQ(kept.error().kind, ErrorKind::unavailable);
  }
  EXPECT_TRUE(has(*store, 1));
  fs::remove(other);
  EXPECT_TRUE(put(*store, 2, 300'000));
  EXPECT_TRUE(has(*store, 2, 300'000));
}

// SQLite's writes fail with `error_of_writes` once `writes_before_error` more have passed.
std::atomic<int> error_of_writes = 0;
std::atomic<int> writes_before_error = 0;

ssize_t failing_pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  if (error_of_writes != 0 && writes_before_error.fetch_sub(1) <= 0) {
    errno = error_of_writes;
    return -1;
  }
  return ::pwrite(fd, bytes, size, offset);
}

class FailingWritesTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(sqlite3_initialize(), SQLITE_OK);
    vfs_ = sqlite3_vfs_find(nullptr);
    const auto replacement = reinterpret_cast<sqlite3_syscall_ptr>(&failing_pwrite);
    for (const char* name : {"pwrite", "pwrite64"}) {
      if (vfs_->xGetSystemCall(vfs_, name) != nullptr) {
        ASSERT_EQ(vfs_->xSetSystemCall(vfs_, name, replacement), SQLITE_OK);
      }
    }
  }
  void TearDown() override {
    error_of_writes = 0;
    vfs_->xSetSystemCall(vfs_, nullptr, nullptr);
  }

 private:
  sqlite3_vfs* vfs_ = nullptr;
};

TEST_F(FailingWritesTest, AnyFailedWriteLosesAtMostTheResultThatWasBeingKept) {
  for (const int error : {ENOSPC, EIO}) {
    int writes = 0;
    for (bool has_failed = true; has_failed; writes += 1 + writes / 6) {
      const StoreDirectory directory;
      CacheWarnings warnings;
      auto store = open_store(directory.path(), 0, warnings.listener());
      ASSERT_TRUE(put(*store, 0));
      writes_before_error = writes;
      error_of_writes = error;
      const auto kept = put(*store, 1, 20'000);
      const bool trimmed = static_cast<bool>(store->trim(100'000, {}));
      error_of_writes = 0;
      has_failed = !kept || !trimmed;
      if (!kept) {
        EXPECT_EQ(kept.error().kind, ErrorKind::unavailable) << kept.error().text();
        EXPECT_FALSE(has(*store, 1, 20'000));
        EXPECT_TRUE(has(*store, 0));
      }
      EXPECT_TRUE(put(*store, 2, 20'000)) << "after write " << writes << " failed";
      EXPECT_TRUE(has(*store, 2, 20'000));
      store.reset();
      store = open_store(directory.path(), 0, warnings.listener());
      EXPECT_TRUE(has(*store, 2, 20'000)) << "after write " << writes << " failed";
      EXPECT_EQ(warnings.texts(), "");
    }
    EXPECT_GT(writes, 10) << "writes were not made to fail";
  }
}

TEST_F(FailingWritesTest, AStoreThatCannotBeBegunIsUnavailable) {
  const StoreDirectory directory;
  writes_before_error = 0;
  error_of_writes = ENOSPC;
  const auto store = DiskCache::open(directory.path(), 0, [](const std::string&) {});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().kind, ErrorKind::unavailable);
  error_of_writes = 0;
  EXPECT_TRUE(open_store(directory.path()));
}

}  // namespace
}  // namespace cbundle
