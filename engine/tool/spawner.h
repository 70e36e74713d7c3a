// Starts processes that end with this one.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "engine/tool/executor.h"

namespace cbundle {

// A linker must not outlive a daemon that was killed. The kernel ends a process with the *thread*
// that has started it (PR_SET_PDEATHSIG), so one thread starts them all and lives as long as this
// object; where it cannot be had, the calling thread does, and its processes may outlive it. To
// hand over takes 20 us of a build's 12 ms. Many threads may call.
class Spawner {
 public:
  Spawner();
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;
  ~Spawner();

  struct Started {
    pid_t process = -1;
    int error = 0;  // an errno, where there is no process
  };

  // Runs `command` in a process group of its own, with default signals, /dev/null as input,
  // `output` as output and errors, and no other descriptor. Without fork(), which costs a daemon of
  // 1 GB 42 ms: the child shares the memory until it runs the program.
  Started start(const Command& command, int output);

 private:
  struct Request;
  void run();

  std::mutex mutex_;
  std::condition_variable wanted_cv_;
  std::condition_variable started_cv_;
  std::deque<Request*> wanted_;
  bool is_stopping_ = false;
  std::thread thread_;  // last; perhaps none
};

}  // namespace cbundle
