// A test's own socket and cache, with this test program as their cbundled.
#pragma once

#include <fcntl.h>
#include <poll.h>

#include <chrono>

#include "client/daemon.h"
#include "client/environment.h"
#include "tests/client/test_space.h"

namespace cbundle {

class DaemonSpace {
 public:
  explicit DaemonSpace(const std::string& mood = "") {
    space.set("CBUNDLED", std::filesystem::read_symlink("/proc/self/exe"));
    space.set("CBUNDLE_SOCKET", space.path("run/daemon.sock"));
    space.set("CBUNDLE_CACHE_DIR", space.path("cache"));
    space.set("CBUNDLE_DAEMON", std::nullopt);
    space.set("CBUNDLE_DISABLE", std::nullopt);
    space.set("FAKE_CBUNDLED_STARTS", space.path("starts"));
    space.set("FAKE_CBUNDLED_MOOD", mood);
    space.set("FAKE_CBUNDLED_ONCE", std::nullopt);
  }

  // A daemon that was started leaves with us.
  ~DaemonSpace() {
    Reached reached = connect_to_daemon(environment());
    if (!reached.connection) return;
    const auto ignore = [](std::string_view) { return true; };
    using std::chrono::milliseconds;
    reached.connection->call("/cbundle.v1.AdminService/Stop", "", ignore, milliseconds(1));
  }
  DaemonSpace(const DaemonSpace&) = delete;
  DaemonSpace& operator=(const DaemonSpace&) = delete;

  Environment environment() const {
    auto read = environment_of_process();
    return read ? *read : Environment{};
  }

  // The mood passes with the first start.
  void once() {
    space.write("once", "");
    space.set("FAKE_CBUNDLED_ONCE", space.path("once"));
  }

  // What was started, a line each.
  std::string starts() const { return space.read("starts"); }

  TestSpace space;
};

}  // namespace cbundle
