// A test's own socket and cache, with this test program as their cbundled.
#pragma once

#include <fcntl.h>
#include <poll.h>

#include <chrono>
#include <csignal>
#include <sstream>

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
    space.set("HOME", space.path(""));  // the fake daemon's files are there
    space.write("fake-cbundled", "");
    space.write("mood", mood);
  }

  // Kills the daemons that were started, which may not answer.
  ~DaemonSpace() {
    std::istringstream pids(space.read("starts.pids"));
    const auto self = std::filesystem::read_symlink("/proc/self/exe");
    for (pid_t pid = 0; pids >> pid;) {
      std::error_code gone;
      const auto program =
          std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", gone);
      if (program == self) ::kill(pid, SIGKILL);
    }
  }
  DaemonSpace(const DaemonSpace&) = delete;
  DaemonSpace& operator=(const DaemonSpace&) = delete;

  Environment environment() const {
    auto read = environment_of(process_variable, ::geteuid());
    return read ? std::move(read).value() : Environment{};
  }

  // The mood lasts for the first start only.
  void once() {
    space.write("once", "");
    space.write("lasts-once", "");
  }

  // What was started, a line each.
  std::string starts() const { return space.read("starts"); }

  TestSpace space;
};

}  // namespace cbundle
