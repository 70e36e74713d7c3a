// Blobs too large for the database.

#include "engine/store/blob_files.h"

#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "engine/base/files.h"
#include "tests/engine/store/samples.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

TEST(BlobFilesTest, WhatIsWrittenIsReadAndWhatIsRemovedIsNot) {
  const StoreDirectory directory;
  const BlobFiles files(directory.path());
  const Digest digest = Digest::of("content");
  EXPECT_FALSE(files.read(digest).value());
  ASSERT_TRUE(files.write(digest, Blob(std::string("content"))));
  EXPECT_EQ(files.read(digest).value(), "content");
  files.remove(digest);
  EXPECT_FALSE(files.has(digest));
  EXPECT_FALSE(fs::exists(directory.path() / digest.hex().substr(0, 2)));
}

TEST(BlobFilesTest, WhatIsInAFileAlreadyIsLinkedAndNotWrittenAgain) {
  const StoreDirectory directory;
  fs::create_directory(directory.path());
  const BlobFiles files(directory.path());
  const std::string content(100'000, 'x');
  const fs::path output = directory.path() / "output";
  ASSERT_TRUE(write_file(output, content));
  const Blob blob = map_file(output).value();
  const Digest digest = Digest::of(blob.bytes());
  ASSERT_TRUE(files.write(digest, blob));
  EXPECT_EQ(fs::hard_link_count(output), 2u);
  fs::remove(output);
  EXPECT_EQ(files.read(digest).value(), content);
  files.remove(digest);
  ASSERT_TRUE(files.write(digest, blob));  // the file is gone, the bytes are not
  EXPECT_EQ(files.read(digest).value(), content);
}

// Which of the file's pages are in memory.
std::size_t pages_in_memory(const fs::path& file) {
  const Blob blob = map_file(file).value();
  std::vector<unsigned char> pages((blob.size() + 4095) / 4096);
  void* start = const_cast<std::byte*>(blob.bytes().data());
  EXPECT_EQ(::mincore(start, blob.size(), pages.data()), 0);
  return static_cast<std::size_t>(
      std::ranges::count_if(pages, [](unsigned char page) { return (page & 1) != 0; }));
}

TEST(BlobFilesTest, DroppedPagesLeaveMemoryAndStayOnDisk) {
  const auto directory = TemporaryDirectory::make("cbundle-test");
  ASSERT_TRUE(directory);
  const BlobFiles files(directory.value().path());
  const std::string content(4'000'000, 'x');
  const Digest digest = Digest::of(content);
  ASSERT_TRUE(files.write(digest, Blob(content)));
  files.start_writeback(digest);
  ::sync();  // which waits until it is written
  const fs::path file =
      directory.value().path() / digest.hex().substr(0, 2) / digest.hex().substr(2);
  struct statfs on {};
  ASSERT_EQ(::statfs(file.c_str(), &on), 0);
  if (on.f_type == TMPFS_MAGIC) GTEST_SKIP() << "a file in memory can only stay there";
  EXPECT_GT(pages_in_memory(file), 900u);
  files.drop_page_cache(digest);
  EXPECT_LT(pages_in_memory(file), 50u);
  EXPECT_EQ(files.read(digest).value(), content);
}

TEST(BlobFilesTest, AWriteThatFailsLeavesNothing) {
  const StoreDirectory directory;
  const BlobFiles files(directory.path());
  const Digest digest = Digest::of("content");
  const std::string hex = digest.hex();
  fs::create_directories(directory.path() / hex.substr(0, 2) / hex.substr(2) / "in the way");
  const auto written = files.write(digest, Blob(std::string("content")));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(fs::is_empty(directory.path() / "new"));
}

TEST(BlobFilesTest, SweepingSparesWhatIsKnownAndWhatIsYoungerThanTheMark) {
  const StoreDirectory directory;
  const BlobFiles files(directory.path());
  const fs::path mark = directory.path() / "mark";
  const auto write = [&](std::string_view text) {
    EXPECT_TRUE(files.write(Digest::of(text), Blob(std::string(text))));
    return stamp_of(directory.path() / Digest::of(text).hex().substr(0, 2) /
                    Digest::of(text).hex().substr(2))
        .value();
  };
  write("known");
  const Stamp last = write("old");
  do {  // the clock of the file system ticks slowly
    ASSERT_TRUE(write_file(mark, ""));
  } while (stamp_of(mark).value().changed_ns == last.changed_ns);
  write("young");

  files.sweep(mark, [](const Digest& digest) { return digest == Digest::of("known"); });
  EXPECT_TRUE(files.has(Digest::of("known")));
  EXPECT_TRUE(files.has(Digest::of("young")));
  EXPECT_FALSE(files.has(Digest::of("old")));
}

}  // namespace
}  // namespace cbundle
