// Private directories, and files that are linked instead of copied.
#include "engine/base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

namespace cbundle {
namespace {

namespace fs = std::filesystem;

TEST(TemporaryDirectoryTest, LivesAsLongAsABlobThatIsAFileInIt) {
  auto directory =
      std::make_shared<TemporaryDirectory>(TemporaryDirectory::make("cbundle-test").value());
  const fs::path path = directory->path();
  const std::string content(100'000, 'x');
  ASSERT_TRUE(write_file(path / "output", content));
  {
    const Blob blob = map_file(path / "output", std::move(directory)).value();
    ASSERT_TRUE(link_or_copy(path / "copy", blob));
    EXPECT_EQ(fs::hard_link_count(path / "copy"), 2u);
    EXPECT_EQ(read_file(path / "copy").value(), content);
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(UnloadTest, TheBytesComeBackEvenOfAFileThatIsGone) {
  const TemporaryDirectory directory = TemporaryDirectory::make("cbundle-test").value();
  const std::string content(1'000'000, 'x');
  ASSERT_TRUE(write_file(directory.path() / "output", content));
  const Blob mapped = map_file(directory.path() / "output").value();
  ASSERT_NE(mapped.file(), nullptr);
  fs::remove(directory.path() / "output");
  drop_pages(mapped);
  EXPECT_EQ(mapped.text(), content);
}

TEST(UnloadTest, BytesOfNoFileStay) {
  const Blob owned(std::string(1'000'000, 'x'));
  drop_pages(owned);
  EXPECT_EQ(owned.text(), std::string(1'000'000, 'x'));
}

// A link must not be written through: it would change the other name's content too.
TEST(PutFileTest, ReplacesWhatIsThere) {
  const TemporaryDirectory directory = TemporaryDirectory::make("cbundle-test").value();
  ASSERT_TRUE(write_file(directory.path() / "old", "old"));
  fs::create_hard_link(directory.path() / "old", directory.path() / "new");
  ASSERT_TRUE(link_or_copy(directory.path() / "new", Blob(std::string("new"))));
  EXPECT_EQ(read_file(directory.path() / "old").value(), "old");
  EXPECT_EQ(read_file(directory.path() / "new").value(), "new");
}

TEST(FilesTest, OnlyRegularFilesAreRead) {
  const TemporaryDirectory directory = TemporaryDirectory::make("cbundle-test").value();
  const std::string pipe = directory.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);  // to open it would wait for a writer
  const std::string advice = ", not a regular file\n  write its content to a file, and name that";
  EXPECT_EQ(read_file(pipe).error().text(), pipe + " is a pipe" + advice);
  EXPECT_EQ(stamp_of(pipe).error().text(), pipe + " is a pipe" + advice);
  EXPECT_EQ(read_file("/dev/zero").error().text(), "/dev/zero is a device" + advice);
  EXPECT_EQ(read_file("/tmp").error().text(), "/tmp is a directory" + advice);
}

TEST(FilesTest, AChangeWithinTwoSecondsMayGoUnnoticedWhereTimesAreWholeSeconds) {
  using std::chrono::seconds;
  constexpr std::int64_t second = 1'000'000'000;
  EXPECT_GE(unnoticed_time(5 * second, 7 * second), seconds(2));
  EXPECT_EQ(unnoticed_time(5 * second, 7 * second + 1), two_clock_ticks);
  EXPECT_EQ(unnoticed_time(5 * second + 1, 7 * second), two_clock_ticks);
}

}  // namespace
}  // namespace cbundle
