// Output files: what is written, what is not touched, and what happens on errors.
#include "client/output.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>

#include "tests/client/test_space.h"

namespace cbundle {
namespace {

using testing::HasSubstr;

class OutputTest : public testing::Test {
 protected:
  // As a build does: `pieces` come one by one.
  Result<void> put(const std::string& path, std::initializer_list<std::string> pieces,
                   WhenEqual when_equal = WhenEqual::refresh) {
    Output output(path, when_equal);
    std::string all;
    for (const std::string& piece : pieces) {
      all += piece;
      TRY(output.append(piece));
    }
    TRY(output.verify(all.size(), Digest::of(all).raw()));
    return output.commit();
  }

  // In one message.
  Result<void> hold(const std::string& path, const std::string& bytes,
                    WhenEqual when_equal = WhenEqual::refresh) {
    Output output(path, when_equal);
    output.hold(bytes);
    TRY(output.verify(bytes.size(), Digest::of(bytes).raw()));
    return output.commit();
  }

  // Makes the file look an hour old; the return value is that time.
  timespec age(const std::string& name) {
    timespec times[2] = {{1'000'000'000, 123}, {1'000'000'000, 123}};
    EXPECT_EQ(::utimensat(AT_FDCWD, space_.path(name).c_str(), times, 0), 0);
    return times[1];
  }

  struct stat look(const std::string& name) {
    struct stat info {};
    EXPECT_EQ(::lstat(space_.path(name).c_str(), &info), 0);
    return info;
  }

  TestSpace space_;
};

TEST_F(OutputTest, ANewFileHasTheBytes) {
  EXPECT_TRUE(hold(space_.path("a"), "bytes"));
  EXPECT_TRUE(put(space_.path("b"), {"by", "", "tes"}));
  EXPECT_EQ(space_.read("a"), "bytes");
  EXPECT_EQ(space_.read("b"), "bytes");
  EXPECT_EQ(space_.count(), 2U);
}

TEST_F(OutputTest, AnEmptyFileIsWritten) {
  EXPECT_TRUE(hold(space_.path("a"), ""));
  EXPECT_TRUE(space_.has("a"));
}

TEST_F(OutputTest, ANewFileHasTheModeOfTheUmask) {
  const mode_t former = ::umask(027);
  EXPECT_TRUE(hold(space_.path("a"), "x"));
  ::umask(former);
  EXPECT_EQ(look("a").st_mode & 07777, 0640U);
}

TEST_F(OutputTest, AReplacedFileKeepsItsMode) {
  space_.write("a", "old");
  ASSERT_EQ(::chmod(space_.path("a").c_str(), 0755), 0);
  EXPECT_TRUE(hold(space_.path("a"), "new"));
  EXPECT_EQ(space_.read("a"), "new");
  EXPECT_EQ(look("a").st_mode & 07777, 0755U);
  EXPECT_EQ(space_.count(), 1U);
}

TEST_F(OutputTest, AFileIsReplacedAndNotWrittenTo) {
  space_.write("a", "old");
  ASSERT_EQ(::link(space_.path("a").c_str(), space_.path("b").c_str()), 0);
  EXPECT_TRUE(put(space_.path("a"), {"new"}));
  EXPECT_EQ(space_.read("a"), "new");
  EXPECT_EQ(space_.read("b"), "old");
}

TEST_F(OutputTest, AnEqualFileGetsANewTimeAndStaysTheSame) {
  for (const bool in_pieces : {false, true}) {
    space_.write("a", "same");
    const timespec old = age("a");
    const ino_t inode = look("a").st_ino;
    EXPECT_TRUE(in_pieces ? put(space_.path("a"), {"sa", "me"}) : hold(space_.path("a"), "same"));
    EXPECT_NE(look("a").st_mtim.tv_sec, old.tv_sec);
    EXPECT_EQ(look("a").st_ino, inode);
    EXPECT_EQ(space_.count(), 1U);
  }
}

TEST_F(OutputTest, AnEqualFileIsNotTouchedOnRequest) {
  for (const bool in_pieces : {false, true}) {
    space_.write("a", "same");
    const timespec old = age("a");
    const auto leave = WhenEqual::leave;
    EXPECT_TRUE(in_pieces ? put(space_.path("a"), {"sa", "me"}, leave)
                          : hold(space_.path("a"), "same", leave));
    EXPECT_EQ(look("a").st_mtim.tv_sec, old.tv_sec);
    EXPECT_EQ(look("a").st_mtim.tv_nsec, old.tv_nsec);
    EXPECT_EQ(space_.count(), 1U);
  }
}

TEST_F(OutputTest, AFileOfTheSameSizeWithOtherBytesIsReplaced) {
  for (const bool in_pieces : {false, true}) {
    space_.write("a", "same");
    const auto leave = WhenEqual::leave;
    EXPECT_TRUE(in_pieces ? put(space_.path("a"), {"so", "me"}, leave)
                          : hold(space_.path("a"), "some", leave));
    EXPECT_EQ(space_.read("a"), "some");
  }
}

TEST_F(OutputTest, ALinkIsFollowedAndStays) {
  ASSERT_TRUE(std::filesystem::create_directory(space_.path("d")));
  ASSERT_EQ(::symlink("d/target", space_.path("link").c_str()), 0);
  EXPECT_TRUE(hold(space_.path("link"), "first"));
  EXPECT_EQ(space_.read("d/target"), "first");
  EXPECT_TRUE(put(space_.path("link"), {"second"}));
  EXPECT_EQ(space_.read("d/target"), "second");
  EXPECT_TRUE(std::filesystem::is_symlink(space_.path("link")));
  EXPECT_EQ(space_.count(), 2U);
}

TEST_F(OutputTest, ADeviceIsWrittenToDirectly) {
  EXPECT_TRUE(hold("/dev/null", "x"));
  EXPECT_TRUE(put("/dev/null", {"x", "y"}));
  struct stat info {};
  ASSERT_EQ(::stat("/dev/null", &info), 0);
  EXPECT_TRUE(S_ISCHR(info.st_mode));
}

TEST_F(OutputTest, ContentThatDoesNotMatchItsDigestIsNotWritten) {
  space_.write("a", "old");
  for (const bool in_pieces : {false, true}) {
    Output output(space_.path("a"), WhenEqual::refresh);
    if (in_pieces) {
      EXPECT_TRUE(output.append("new"));
    } else {
      output.hold("new");
    }
    const auto verified = output.verify(3, Digest::of("other").raw());
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().kind, ErrorKind::corrupt);
    EXPECT_THAT(verified.error().text(), HasSubstr(space_.path("a")));
    EXPECT_FALSE(output.verify(4, Digest::of("new").raw()));
    EXPECT_FALSE(output.verify(3, "short"));
    EXPECT_TRUE(output.verify(3, Digest::of("new").raw()));
  }
  EXPECT_EQ(space_.read("a"), "old");
  EXPECT_EQ(space_.count(), 1U);
}

TEST_F(OutputTest, DiscardedContentIsGone) {
  Output output(space_.path("a"), WhenEqual::refresh);
  EXPECT_TRUE(output.append("from a server that died"));
  output.discard();
  EXPECT_EQ(space_.count(), 0U);
  EXPECT_TRUE(output.append("all"));
  EXPECT_TRUE(output.verify(3, Digest::of("all").raw()));
  EXPECT_TRUE(output.commit());
  EXPECT_EQ(space_.read("a"), "all");
}

TEST_F(OutputTest, AMissingDirectoryIsNamed) {
  for (const bool in_pieces : {false, true}) {
    const std::string path = space_.path("none/a");
    const auto written = in_pieces ? put(path, {"x"}) : hold(path, "x");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::bad_input);
    EXPECT_EQ(written.error().text(),
              "cannot write " + path + ": No such file or directory\n  its directory must exist");
  }
}

TEST_F(OutputTest, ADirectoryCannotBeAnOutput) {
  ASSERT_TRUE(std::filesystem::create_directory(space_.path("d")));
  for (const bool in_pieces : {false, true}) {
    const auto written = in_pieces ? put(space_.path("d"), {"x"}) : hold(space_.path("d"), "x");
    ASSERT_FALSE(written);
    EXPECT_THAT(written.error().text(), HasSubstr("Is a directory"));
  }
  EXPECT_EQ(space_.count(), 1U);
}

// Runs `body` in a child and returns its wait status.
template <class Body>
int status_of_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST_F(OutputTest, AFullDiskDoesNotChangeTheOldFile) {
  space_.write("a", "old");
  const int status = status_of_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files then is an error like ENOSPC
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto written = put(space_.path("a"), {std::string(4000, 'x'), std::string(4000, 'x')});
    return !written && written.error().kind == ErrorKind::bad_input ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(space_.read("a"), "old");
  EXPECT_EQ(space_.count(), 1U);
}

TEST_F(OutputTest, ASignalRemovesTheTemporaryFileAndKills) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGXFSZ}) {
    const int status = status_of_child([&] {
      const rlimit no_core{0, 0};
      ::setrlimit(RLIMIT_CORE, &no_core);
      Output output(space_.path("a"), WhenEqual::refresh);
      if (!output.append("half of it") || space_.count() != 1) return 1;
      ::raise(signal);
      return 2;
    });
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), signal);
    EXPECT_EQ(space_.count(), 0U);
  }
}

TEST_F(OutputTest, AnIgnoredSignalStaysIgnored) {
  const int status = status_of_child([&] {
    std::signal(SIGHUP, SIG_IGN);
    Output output(space_.path("a"), WhenEqual::refresh);
    if (!output.append("all of it")) return 1;
    ::raise(SIGHUP);
    if (!output.verify(9, Digest::of("all of it").raw()) || !output.commit()) return 2;
    return 0;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(space_.read("a"), "all of it");
}

TEST_F(OutputTest, ANameMayHave255Bytes) {
  const std::string name(255, 'n');
  EXPECT_TRUE(put(space_.path(name), {"x"}));
  EXPECT_EQ(space_.read(name), "x");
}

TEST_F(OutputTest, AFileOfAnEarlierProcessWithOurPidIsNotTouched) {
  const std::string left = ".cbundle-" + std::to_string(::getpid()) + "-0.tmp";
  space_.write(left, "left");
  EXPECT_TRUE(put(space_.path("a"), {"x"}));
  EXPECT_EQ(space_.read("a"), "x");
  EXPECT_EQ(space_.read(left), "left");
}

}  // namespace
}  // namespace cbundle
