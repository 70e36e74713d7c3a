// Paths: where client and daemon find each other, and which directories they trust.
#include "proto/paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "tests/client/test_space.h"

namespace cbundle {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

Paths paths(const std::map<std::string, std::string>& variables, unsigned uid = ::geteuid()) {
  return paths_of(
      [&](const char* name) -> std::string_view {
        const auto found = variables.find(name);
        return found == variables.end() ? std::string_view() : found->second;
      },
      uid);
}

// "" for success.
std::string error_of(const Result<void>& checked) {
  return checked ? std::string() : checked.error().text();
}
std::string socket_error(const std::string& path) { return error_of(check_socket_path(path)); }
std::string parent_error(const std::string& file) { return error_of(ensure_private_parent(file)); }

TEST(PathsTest, TheCacheFollowsTheBaseDirectorySpecification) {
  EXPECT_EQ(paths({{"HOME", "/me"}}).cache_dir, "/me/.cache/cbundle");
  EXPECT_EQ(paths({{"HOME", "/me"}, {"XDG_CACHE_HOME", "/fast"}}).cache_dir, "/fast/cbundle");
  EXPECT_EQ(paths({{"HOME", "/me"}, {"XDG_CACHE_HOME", "relative"}}).cache_dir,
            "/me/.cache/cbundle");
  EXPECT_EQ(paths({}, 1234).cache_dir, "/tmp/cbundle-1234/cache");
}

TEST(PathsTest, TheSocketIsInTheRuntimeDirectory) {
  const TestSpace space;
  EXPECT_EQ(paths({{"XDG_RUNTIME_DIR", space.path("")}}).socket, space.path("cbundle/daemon.sock"));
  EXPECT_EQ(paths({{"XDG_RUNTIME_DIR", space.path("")}}).cache_dir, paths({}).cache_dir);
}

TEST(PathsTest, ARuntimeDirectoryOfAnotherUserIsNotUsed) {
  const TestSpace space;
  const std::string in_tmp = "/tmp/cbundle-1234/daemon.sock";
  EXPECT_EQ(paths({}, 1234).socket, in_tmp);
  EXPECT_EQ(paths({{"XDG_RUNTIME_DIR", space.path("none")}}, 1234).socket, in_tmp);
  EXPECT_EQ(paths({{"XDG_RUNTIME_DIR", space.path("")}}, 1234).socket, in_tmp);
  EXPECT_EQ(paths({{"XDG_RUNTIME_DIR", "run"}}, 1234).socket, in_tmp);
}

TEST(PathsTest, ARuntimeDirectoryWithTooLongANameIsNotUsed) {
  const TestSpace space;
  const std::string longest = space.path(std::string(100, 'd'));
  ASSERT_EQ(::mkdir(longest.c_str(), 0700), 0);
  EXPECT_THAT(paths({{"XDG_RUNTIME_DIR", longest}}).socket, MatchesRegex("/tmp/cbundle-[0-9]+/.*"));
}

TEST(PathsTest, LockAndLogAreBesideTheSocket) {
  const Paths usual = paths({{"CBUNDLE_SOCKET", "/run/me/d.sock"}});
  EXPECT_EQ(usual.socket, "/run/me/d.sock");
  EXPECT_EQ(usual.start_lock, "/run/me/d.lock");
  EXPECT_EQ(usual.log, "/run/me/d.log");
  EXPECT_EQ(paths({{"CBUNDLE_SOCKET", "/run/me/daemon"}}).log, "/run/me/daemon.log");
}

// As with a system unit: /run/cbundle/USER is root's.
TEST(PathsTest, WhereTheSocketsDirectoryIsAnothersTheyAreInTheDefaultOne) {
  const TestSpace space;
  const std::string directory = ::geteuid() == 0 ? space.path("run") : "/";
  if (::geteuid() == 0) {
    ASSERT_EQ(::mkdir(directory.c_str(), 0755), 0);
    ASSERT_EQ(::chown(directory.c_str(), 12345, 12345), 0);
  }
  const Paths found = paths({{"CBUNDLE_SOCKET", directory + "/daemon.sock"}});
  EXPECT_EQ(found.socket, directory + "/daemon.sock");
  for (const std::string& path : {found.start_lock, found.log, found.wedged, found.private_runs}) {
    EXPECT_THAT(path, MatchesRegex("/tmp/cbundle-[0-9]+/at-.*")) << path;
  }
}

TEST(PathsTest, EachNamedCacheHasItsOwnDaemon) {
  const std::string usual = paths({{"HOME", "/me"}}, 1234).socket;
  const std::string one = paths({{"HOME", "/me"}, {"CBUNDLE_CACHE_DIR", "/one"}}, 1234).socket;
  const std::string two = paths({{"HOME", "/me"}, {"CBUNDLE_CACHE_DIR", "/two"}}, 1234).socket;
  EXPECT_THAT(one, MatchesRegex("/tmp/cbundle-1234/daemon-[0-9a-f]{16}.sock"));
  EXPECT_NE(one, usual);
  EXPECT_NE(one, two);
}

TEST(PathsTest, OneCacheSpelledTwiceHasOneDaemon) {
  const Paths plain = paths({{"CBUNDLE_CACHE_DIR", "/a/b"}});
  for (const char* spelling : {"/a/b/", "//a/./b", "/a//b/."}) {
    EXPECT_EQ(paths({{"CBUNDLE_CACHE_DIR", spelling}}).socket, plain.socket) << spelling;
    EXPECT_EQ(paths({{"CBUNDLE_CACHE_DIR", spelling}}).cache_dir, "/a/b") << spelling;
  }
  EXPECT_EQ(paths({{"CBUNDLE_CACHE_DIR", "/"}}).cache_dir, "/");
}

TEST(PathsTest, TheUsualCacheNamedHasTheUsualDaemon) {
  EXPECT_EQ(paths({{"HOME", "/me"}, {"CBUNDLE_CACHE_DIR", "/me/.cache/cbundle/"}}).socket,
            paths({{"HOME", "/me"}}).socket);
}

TEST(PathsTest, ASocketsPathIsAbsoluteAndShort) {
  EXPECT_EQ(socket_error("/" + std::string(106, 's')), "");
  EXPECT_THAT(socket_error("/" + std::string(107, 's')), HasSubstr("CBUNDLE_SOCKET"));
  EXPECT_THAT(socket_error("run/s"), HasSubstr("must be absolute"));
  EXPECT_THAT(socket_error(""), HasSubstr("must be absolute"));
}

TEST(PathsTest, AMissingDirectoryIsCreatedPrivate) {
  const TestSpace space;
  EXPECT_EQ(parent_error(space.path("a/b/daemon.sock")), "");
  for (const char* made : {"a", "a/b"}) {
    struct stat info {};
    ASSERT_EQ(::stat(space.path(made).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0700U);
  }
}

TEST(PathsTest, ADirectoryThatOthersCanReadIsAccepted) {
  const TestSpace space;
  ASSERT_EQ(::chmod(space.path("").c_str(), 0755), 0);
  EXPECT_EQ(parent_error(space.path("daemon.sock")), "");
}

TEST(PathsTest, ADirectoryThatOthersCanWriteIsRefused) {
  const TestSpace space;
  for (const mode_t mode : {0770U, 0707U, 01777U}) {
    ASSERT_EQ(::chmod(space.path("").c_str(), mode), 0);
    EXPECT_THAT(parent_error(space.path("daemon.sock")), HasSubstr("is writable by others"));
  }
  EXPECT_NE(parent_error("/tmp/daemon.sock"), "");
}

TEST(PathsTest, ADirectoryOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give directories away";
  const TestSpace space;
  ASSERT_EQ(::mkdir(space.path("theirs").c_str(), 0700), 0);
  ASSERT_EQ(::chown(space.path("theirs").c_str(), 12345, 12345), 0);
  EXPECT_THAT(parent_error(space.path("theirs/daemon.sock")), HasSubstr("belongs to user 12345"));
  // So is their link in the place of our directory.
  ASSERT_EQ(::mkdir(space.path("ours").c_str(), 0700), 0);
  ASSERT_EQ(::symlink("ours", space.path("link").c_str()), 0);
  EXPECT_EQ(parent_error(space.path("link/daemon.sock")), "");
  ASSERT_EQ(::lchown(space.path("link").c_str(), 12345, 12345), 0);
  EXPECT_THAT(parent_error(space.path("link/daemon.sock")), HasSubstr("belongs to user 12345"));
}

TEST(PathsTest, AFileInsteadOfTheDirectoryIsRefused) {
  const TestSpace space;
  space.write("file", "");
  EXPECT_THAT(parent_error(space.path("file/daemon.sock")), HasSubstr("is not a directory"));
  EXPECT_THAT(parent_error(space.path("file/d/daemon.sock")),
              HasSubstr("cannot create the directory"));
}

}  // namespace
}  // namespace cbundle
