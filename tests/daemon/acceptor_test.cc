// Which connections are accepted, and what happens when accept() fails.
#include "daemon/acceptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/listening_socket.h"
#include "tests/daemon/fake_engine.h"
#include "tests/support/test_space.h"

namespace cbundle {
namespace {

constexpr uid_t nobody = 65534;

ListeningSocket bound(const std::string& path) {
  auto result = ListeningSocket::bind(path, std::chrono::milliseconds(0));
  EXPECT_TRUE(result && result.value());
  return std::move(*result.value());
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

// A connected socket, or none.
Fd connect_to(const std::string& path) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = address_of(path);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  return ::connect(fd.get(), generic, sizeof address) == 0 ? std::move(fd) : Fd();
}

TEST(AcceptorTest, ProcessesOfThisUserAreAccepted) {
  const TestSpace space;
  const std::string path = space / "s";
  const ListeningSocket socket = bound(path);
  std::promise<Fd> accepted;
  const Acceptor acceptor(socket.fd(), {[&](Fd fd) { accepted.set_value(std::move(fd)); },
                                        [](unsigned) { ADD_FAILURE() << "rejected"; }});
  const Fd ours = connect_to(path);
  ASSERT_TRUE(ours);
  const Fd theirs = accepted.get_future().get();
  ASSERT_EQ(::write(ours.get(), "x", 1), 1);
  char byte = 0;
  ::fcntl(theirs.get(), F_SETFL, 0);
  EXPECT_EQ(::read(theirs.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
}

// Connects as another user and waits until the connection is closed. Runs in a forked child, so
// without the C++ library.
[[noreturn]] void connect_as_nobody(const sockaddr_un& address) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (::setresuid(nobody, nobody, nobody) != 0) ::_exit(2);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) ::_exit(3);
  char byte = 0;
  ::_exit(::read(fd, &byte, 1) == 0 ? 0 : 4);
}

TEST(AcceptorTest, AProcessOfAnotherUserIsRejected) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be two users";
  const TestSpace space;
  const std::string path = space / "s";
  const ListeningSocket socket = bound(path);
  // Without these permissions the other user could not even connect.
  ASSERT_EQ(::chmod(space.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  std::promise<unsigned> rejected;
  const Acceptor acceptor(socket.fd(), {[](Fd) { ADD_FAILURE() << "accepted"; },
                                        [&](unsigned uid) { rejected.set_value(uid); }});
  const sockaddr_un address = address_of(path);
  const pid_t child = ::fork();
  if (child == 0) connect_as_nobody(address);
  EXPECT_EQ(rejected.get_future().get(), nobody);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// Passes each warning to a function instead of printing it.
class Warnings final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit Warnings(std::function<void(std::string)> report) : report_(std::move(report)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    report_(std::string(message.payload.begin(), message.payload.end()));
  }
  void flush_() override {}
  std::function<void(std::string)> report_;
};

// accept() fails until listen() is called. Using up all descriptors, the usual reason for a
// failure, would break sanitizers, which need some.
TEST(AcceptorTest, AFailedAcceptIsLoggedOnceAndRetried) {
  const TestSpace space;
  const std::string path = space / "s";
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_un address = address_of(path);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  TestEvent accepted, failed;
  std::vector<std::string> warnings;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("test", std::make_shared<Warnings>([&](std::string text) {
                                         warnings.push_back(std::move(text));
                                         failed.set();
                                       })));
  {
    const Acceptor acceptor(socket.get(), {[&](Fd) { accepted.set(); }, [](unsigned) {}});
    failed.wait();
    ASSERT_EQ(::listen(socket.get(), 8), 0);
    const Fd ours = connect_to(path);
    EXPECT_TRUE(ours);
    accepted.wait();
  }
  spdlog::set_default_logger(before);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0], "cannot accept a connection: Invalid argument; will retry");
}

TEST(AcceptorTest, AfterAStopConnectionsStayInTheBacklog) {
  const TestSpace space;
  const std::string path = space / "s";
  const ListeningSocket socket = bound(path);
  Acceptor acceptor(socket.fd(), {[](Fd) { ADD_FAILURE() << "accepted"; }, [](unsigned) {}});
  acceptor.stop();
  EXPECT_TRUE(connect_to(path));
}

}  // namespace
}  // namespace cbundle
