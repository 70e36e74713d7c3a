// Which process may bind a socket's path, and when the file is replaced or removed.
#include "daemon/listening_socket.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <future>
#include <optional>
#include <string>

#include "tests/support/test_space.h"

namespace cbundle {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr milliseconds no_wait{0};
constexpr milliseconds long_wait{60'000};

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

bool can_connect(const std::string& path) {
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = address_of(path);
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// A socket that another program has bound.
Fd foreign(const std::string& path, bool listening) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = address_of(path);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_TRUE(!listening || ::listen(fd.get(), 8) == 0);
  return fd;
}

ino_t inode_of(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return info.st_ino;
}

// The socket; nothing where another daemon serves the path.
std::optional<ListeningSocket> bind_to(const std::string& path, milliseconds timeout = no_wait) {
  auto result = ListeningSocket::bind(path, timeout);
  if (result) return std::move(result).value();
  ADD_FAILURE() << result.error().text();
  return std::nullopt;
}

std::string refusal_of(const std::string& path) {
  const auto result = ListeningSocket::bind(path, no_wait);
  return result ? "bound" : result.error().text();
}

class ListeningSocketTest : public ::testing::Test {
 protected:
  TestSpace space_;
  std::string path_ = space_ / "run/daemon.sock";
};

TEST_F(ListeningSocketTest, IsPrivateAndRemovedWithItsOwner) {
  {
    const auto socket = bind_to(path_);
    ASSERT_TRUE(socket);
    struct stat info {};
    ASSERT_EQ(::stat(path_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600U);
    ASSERT_EQ(::stat((space_ / "run").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0700U);
    EXPECT_EQ(socket->path(), path_);
    EXPECT_TRUE(can_connect(path_));
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ListeningSocketTest, ASecondDaemonIsNotNeededAndChangesNothing) {
  const auto first = bind_to(path_);
  const ino_t inode = inode_of(path_);
  EXPECT_FALSE(bind_to(path_));
  EXPECT_EQ(inode_of(path_), inode);
  EXPECT_TRUE(can_connect(path_));
}

TEST_F(ListeningSocketTest, AStaleSocketIsReplaced) {
  space_.write("run/other", "");
  ASSERT_EQ(::chmod((space_ / "run").c_str(), 0700), 0);
  foreign(path_, true);  // closed at once: the file stays, as after a crash
  ASSERT_FALSE(can_connect(path_));
  const auto socket = bind_to(path_);
  ASSERT_TRUE(socket);
  EXPECT_TRUE(can_connect(path_));
}

TEST_F(ListeningSocketTest, ASocketServedByAProcessWithoutTheLockIsNotReplaced) {
  space_.write("run/other", "");
  ASSERT_EQ(::chmod((space_ / "run").c_str(), 0700), 0);
  const Fd systemd = foreign(path_, true);
  const ino_t inode = inode_of(path_);
  EXPECT_FALSE(bind_to(path_));
  EXPECT_EQ(inode_of(path_), inode);
  EXPECT_TRUE(can_connect(path_));
}

TEST_F(ListeningSocketTest, AFileThatIsNotASocketIsNotReplaced) {
  space_.write("run/daemon.sock", "precious");
  ASSERT_EQ(::chmod((space_ / "run").c_str(), 0700), 0);
  EXPECT_THAT(refusal_of(path_), HasSubstr("a file that is not a socket is there"));
  EXPECT_EQ(space_.read("run/daemon.sock"), "precious");
}

TEST_F(ListeningSocketTest, AFileOfASuccessorIsNotRemoved) {
  auto socket = bind_to(path_);
  ASSERT_TRUE(socket);
  ASSERT_EQ(::rename(path_.c_str(), (path_ + ".moved").c_str()), 0);
  const Fd successor = foreign(path_, true);
  socket->close();
  EXPECT_TRUE(can_connect(path_));
}

TEST_F(ListeningSocketTest, WaitsForADaemonThatIsShuttingDown) {
  auto first = bind_to(path_);
  ASSERT_TRUE(first);
  first->close();  // accepts no more connections, and still drains
  EXPECT_THAT(refusal_of(path_), HasSubstr("it may be shutting down"));
  auto second = std::async(std::launch::async, [&] { return bind_to(path_, long_wait); });
  first.reset();
  const auto successor = second.get();
  EXPECT_TRUE(successor);
  EXPECT_TRUE(can_connect(path_));
}

TEST_F(ListeningSocketTest, AnAdoptedSocketIsNotRemoved) {
  const std::string path = space_ / "adopted.sock";
  Fd fd = foreign(path, true);
  {
    auto socket = ListeningSocket::adopt(std::move(fd));
    ASSERT_TRUE(socket) << socket.error().text();
    EXPECT_EQ(socket.value().path(), path);
    EXPECT_TRUE(can_connect(path));
  }
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(ListeningSocketTest, OnlyAListeningUnixSocketCanBeAdopted) {
  EXPECT_FALSE(ListeningSocket::adopt(foreign(space_ / "deaf.sock", false)));
  EXPECT_FALSE(ListeningSocket::adopt(Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC))));
}

TEST_F(ListeningSocketTest, APathThatIsTooLongIsRefusedWithItsLength) {
  const std::string path = "/" + std::string(107, 'x');
  EXPECT_THAT(refusal_of(path), HasSubstr("108 bytes"));
}

TEST_F(ListeningSocketTest, ADirectoryThatOthersCanWriteIsRefused) {
  space_.write("run/other", "");
  ASSERT_EQ(::chmod((space_ / "run").c_str(), 0777), 0);
  EXPECT_THAT(refusal_of(path_), HasSubstr("is writable by others"));
}

}  // namespace
}  // namespace cbundle
