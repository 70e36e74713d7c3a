// The directory a store lives in.

#include "engine/store/cache_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
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

}  // namespace
}  // namespace cbundle
