// Threads for work that takes its time; all are joined in the end.
#pragma once

#include <functional>
#include <list>
#include <stop_token>
#include <thread>

#include "engine/base/guarded.h"
#include "engine/base/result.h"

namespace cbundle {

class Crew {
 public:
  Crew() = default;
  ~Crew() { join(); }

  // Runs `work` on a thread of its own (20 us to begin; a build takes milliseconds).
  // Error{unavailable} where the system has no thread to give; `work` is then never called.
  Result<void> start(std::stop_source stop, std::function<void()> work);

  void stop();  // asks all that run to stop
  void join();  // waits for all; nothing may be started any more

 private:
  struct Member {
    std::stop_source stop;
    std::thread thread;
    bool finished = false;
  };
  using Members = std::list<Member>;

  static void join(Members members);
  void finish(Members::iterator member);

  Guarded<Members> members_;
};

}  // namespace cbundle
