#include "engine/tool/work_directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "engine/base/fd.h"
#include "engine/base/files.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

// Sets $TMPDIR for a test.
class TmpDir {
 public:
  explicit TmpDir(const char* value) {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    value == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", value, 1);
  }
  TmpDir(const TmpDir&) = delete;
  TmpDir& operator=(const TmpDir&) = delete;
  ~TmpDir() { before_.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before_.c_str(), 1); }

 private:
  std::string before_;
};

// The place, above the process's own directory.
fs::path place_of(std::uint64_t bytes) {
  return WorkDirectory::make(bytes).value().path().parent_path().parent_path();
}

constexpr std::uint64_t many = 1 << 20;

TEST(WorkDirectoryTest, IsWhereTheUserWantsIt) {
  const TemporaryDirectory parent = TemporaryDirectory::make("cbundle-test").value();
  const TmpDir wanted(parent.path().c_str());
  EXPECT_EQ(place_of(many), parent.path());
  EXPECT_EQ(place_of(0), parent.path());
}

TEST(WorkDirectoryTest, IsInMemoryForFewBytesOnly) {
  const TmpDir none(nullptr);
  EXPECT_EQ(place_of(many), "/tmp");
  std::error_code failed;
  const fs::space_info memory = fs::space("/dev/shm", failed);
  const bool has_room = !failed && memory.available >= 64 << 20;
  if (has_room) {
    EXPECT_EQ(place_of(0), "/dev/shm");
  }
}

TEST(WorkDirectoryTest, IsElsewhereWhereThePlaceHasGone) {
  const TmpDir gone("/nonexistent/tmp");
  EXPECT_EQ(place_of(many), "/tmp");
}

TEST(WorkDirectoryTest, IsMadeAgainWhereSomeoneHasRemovedTheProcesssOwn) {
  const TemporaryDirectory parent = TemporaryDirectory::make("cbundle-test").value();
  const TmpDir wanted(parent.path().c_str());
  place_of(many);
  for (const auto& root : fs::directory_iterator(parent.path())) fs::remove_all(root);
  EXPECT_EQ(place_of(many), parent.path());
}

TEST(WorkDirectoryTest, ASweepRemovesWhatIsAbandonedAndNothingElse) {
  const TemporaryDirectory parent = TemporaryDirectory::make("cbundle-test").value();
  const TmpDir wanted(parent.path().c_str());
  const WorkDirectory own = WorkDirectory::make(many).value();
  for (const char* name : {"cbundle-work-killed", "cbundle-work-alive", "cbundle-work-new"}) {
    fs::create_directories(parent.path() / name / "1");
  }
  fs::create_directory(parent.path() / "others");
  ASSERT_TRUE(write_file(parent.path() / "cbundle-work-killed/lock", ""));
  ASSERT_TRUE(write_file(parent.path() / "cbundle-work-alive/lock", ""));
  const Fd alive(::open((parent.path() / "cbundle-work-alive/lock").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::flock(alive.get(), LOCK_EX), 0);

  WorkDirectory::sweep();
  EXPECT_FALSE(fs::exists(parent.path() / "cbundle-work-killed"));
  EXPECT_TRUE(fs::exists(parent.path() / "cbundle-work-alive"));
  EXPECT_TRUE(fs::exists(parent.path() / "cbundle-work-new"));  // its lock may be made just now
  EXPECT_TRUE(fs::exists(parent.path() / "others"));
  EXPECT_TRUE(fs::exists(own.path()));
}

}  // namespace
}  // namespace cbundle
