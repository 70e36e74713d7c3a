// Threads for work that takes time, each joined before the group is gone.
#pragma once

#include <functional>
#include <list>
#include <stop_token>
#include <thread>

#include "engine/base/guarded.h"
#include "engine/base/result.h"

namespace cbundle {

class TaskGroup {
 public:
  TaskGroup() = default;
  ~TaskGroup() { join(); }

  // Runs `work` on a new thread (20 us to start; a build takes milliseconds).
  // Error{unavailable} where the system cannot start one; `work` is then never called.
  Result<void> start(std::stop_source stop, std::function<void()> work);

  void stop();  // requests a stop of all running tasks
  void join();  // waits for all of them; nothing may be started after that

 private:
  struct Task {
    std::stop_source stop;
    bool finished = false;
    std::jthread thread;  // its destructor joins
  };
  Guarded<std::list<Task>> tasks_;
};

}  // namespace cbundle
