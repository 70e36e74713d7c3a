// Private directories, and files that are linked instead of copied.
#include "engine/base/files.h"

#include <gtest/gtest.h>

#include <cstdlib>

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

fs::path place_of(TemporaryDirectory::Use use) {
  return TemporaryDirectory::make("cbundle-test", use).value().path().parent_path();
}

TEST(TemporaryDirectoryTest, IsWhereTheUserWantsIt) {
  const TemporaryDirectory parent = TemporaryDirectory::make("cbundle-test").value();
  const TmpDir wanted(parent.path().c_str());
  EXPECT_EQ(place_of(TemporaryDirectory::Use::any), parent.path());
  EXPECT_EQ(place_of(TemporaryDirectory::Use::few_bytes), parent.path());
}

TEST(TemporaryDirectoryTest, IsInMemoryForFewBytesOnly) {
  const TmpDir none(nullptr);
  EXPECT_EQ(place_of(TemporaryDirectory::Use::any), "/tmp");
  std::error_code failed;
  const fs::space_info memory = fs::space("/dev/shm", failed);
  const bool has_room = !failed && memory.available >= 64 << 20;
  if (has_room) {
    EXPECT_EQ(place_of(TemporaryDirectory::Use::few_bytes), "/dev/shm");
  }
}

TEST(TemporaryDirectoryTest, LivesAsLongAsABlobThatIsAFileInIt) {
  auto directory = std::make_shared<TemporaryDirectory>(
      TemporaryDirectory::make("cbundle-test", TemporaryDirectory::Use::any).value());
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

}  // namespace
}  // namespace cbundle
