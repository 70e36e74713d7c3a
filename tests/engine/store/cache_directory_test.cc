// The directory a store lives in.

#include "engine/store/cache_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "tests/engine/store/samples.h"

namespace cbundle {
namespace {

TEST(CacheDirectoryTest, NetworkFileSystemsAreKnownAndLocalOnesAreNot) {
  EXPECT_EQ(network_file_system(0x6969), "NFS");
  EXPECT_EQ(network_file_system(0xff534d42), "CIFS");
  EXPECT_EQ(network_file_system(static_cast<std::int32_t>(0xff534d42)), "CIFS");
  EXPECT_EQ(network_file_system(0xfe534d42), "SMB");
  EXPECT_EQ(network_file_system(0x5346414f), "AFS");
  EXPECT_EQ(network_file_system(0x01021997), "9P");
  for (const std::int64_t local : {0xef53, 0x01021994, 0x58465342, 0x65735546}) {
    EXPECT_EQ(network_file_system(local), "") << "ext4, tmpfs, XFS, FUSE";
  }
}

TEST(CacheDirectoryTest, TheLockNamesItsHolderAndGoesWithTheDescriptor) {
  const StoreDirectory directory;
  const CacheDirectory cache(directory.path());
  {
    const auto lock = cache.lock();
    ASSERT_TRUE(lock);
    const auto second = cache.lock();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(second.error().text(), testing::HasSubstr("process " + std::to_string(::getpid())));
  }
  EXPECT_TRUE(cache.lock());
}

TEST(CacheDirectoryTest, AFileInItsPlaceIsUnavailable) {
  const StoreDirectory directory;
  std::filesystem::create_directories(directory.path());
  const auto inside = directory.path() / "file";
  ASSERT_TRUE(write_file(inside, "x"));
  const auto lock = CacheDirectory(inside).lock();
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().kind, ErrorKind::unavailable);
}

TEST(CacheDirectoryTest, OneThatOthersCanWriteIsRefusedAndOneThatTheyCanReadIsMadePrivate) {
  const StoreDirectory directory;
  std::filesystem::create_directory(directory.path());
  ASSERT_EQ(::chmod(directory.path().c_str(), 0777), 0);
  const auto refused = CacheDirectory(directory.path()).lock();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("is writable by others"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "lock"));
  ASSERT_EQ(::chmod(directory.path().c_str(), 0755), 0);
  EXPECT_TRUE(CacheDirectory(directory.path()).lock());
  struct stat info {};
  ASSERT_EQ(::stat(directory.path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST(CacheDirectoryTest, ALinkToItIsFollowedAndNoneInIt) {
  const StoreDirectory directory;
  std::filesystem::create_directories(directory.path().parent_path() / "disk");
  std::filesystem::permissions(directory.path().parent_path() / "disk",
                               std::filesystem::perms::owner_all);
  std::filesystem::create_directory_symlink("disk", directory.path());
  EXPECT_TRUE(CacheDirectory(directory.path()).lock());

  const std::filesystem::path precious = directory.path().parent_path() / "precious";
  ASSERT_TRUE(write_file(precious, "keep me"));
  std::filesystem::remove(directory.path() / "lock");
  std::filesystem::create_symlink(precious, directory.path() / "lock");
  const auto refused = CacheDirectory(directory.path()).lock();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("has a symbolic link as its lock"), std::string::npos);
  EXPECT_EQ(read_file(precious).value(), "keep me");
}

}  // namespace
}  // namespace cbundle
