#include "daemon/shutdown_request.h"

#include <gtest/gtest.h>
#include <poll.h>

namespace cbundle {
namespace {

bool is_readable(int fd) {
  pollfd waits{fd, POLLIN, 0};
  return ::poll(&waits, 1, 0) == 1;
}

TEST(ShutdownRequestTest, TheFirstReasonCountsAndWakesTheLoop) {
  ShutdownRequest shutdown;
  EXPECT_FALSE(is_readable(shutdown.fd()));
  EXPECT_EQ(shutdown.reason(), "");
  shutdown.request("stop requested");
  shutdown.request("another reason");
  EXPECT_TRUE(is_readable(shutdown.fd()));
  EXPECT_EQ(shutdown.reason(), "stop requested");
}

TEST(ShutdownRequestTest, CallersAreNotifiedWhenNoMoreConnectionsAreAccepted) {
  ShutdownRequest shutdown;
  int notified = 0;
  shutdown.request("one", [&] { ++notified; });
  shutdown.request("two", [&] { ++notified; });
  EXPECT_EQ(notified, 0);
  shutdown.closed();
  EXPECT_EQ(notified, 2);
  shutdown.request("three", [&] { ++notified; });
  EXPECT_EQ(notified, 3);
}

}  // namespace
}  // namespace cbundle
