// What systemd and a waiting client are sent.
#include "daemon/readiness_notifier.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstdlib>

#include "tests/support/test_space.h"

namespace cbundle {
namespace {

class ReadinessNotifierTest : public ::testing::Test {
 protected:
  ReadinessNotifierTest() {
    const std::string path = space_ / "notify";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~ReadinessNotifierTest() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }

  static void watch(const std::string& microseconds, pid_t process) {
    ::setenv("WATCHDOG_USEC", microseconds.c_str(), 1);
    ::setenv("WATCHDOG_PID", std::to_string(process).c_str(), 1);
  }
  std::string received() const {
    std::array<char, 256> bytes;
    const ssize_t size = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return size < 0 ? "nothing" : std::string(bytes.data(), static_cast<std::size_t>(size));
  }

  TestSpace space_;
  Fd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_F(ReadinessNotifierTest, TheWatchdogIsPingedAtHalfOfItsTime) {
  watch("60000000", ::getpid());
  const ReadinessNotifier notifier{Fd()};
  EXPECT_EQ(notifier.watchdog_interval(), std::chrono::seconds(30));
  notifier.ping();
  EXPECT_EQ(received(), "WATCHDOG=1");
}

TEST_F(ReadinessNotifierTest, AWatchdogOfAnotherProcessIsIgnored) {
  watch("60000000", ::getpid() + 1);
  EXPECT_FALSE(ReadinessNotifier{Fd()}.watchdog_interval().has_value());
}

TEST_F(ReadinessNotifierTest, StartAndShutdownAreReported) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const Fd reading(ends[0]);
  ReadinessNotifier notifier{Fd(ends[1])};
  notifier.ready("/run/s");
  EXPECT_EQ(received(), "READY=1\nSTATUS=serving /run/s");
  std::array<char, 16> line;
  EXPECT_EQ(::read(reading.get(), line.data(), line.size()), 6);
  EXPECT_EQ(std::string(line.data(), 6), "ready\n");
  EXPECT_EQ(::read(reading.get(), line.data(), line.size()), 0);  // it is closed
  notifier.stopping("idle");
  EXPECT_EQ(received(), "STOPPING=1\nSTATUS=shutting down: idle");
}

}  // namespace
}  // namespace cbundle
