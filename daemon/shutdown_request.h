// A request that the daemon shut down, and the callers that wait until it accepts no more calls.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/fd.h"
#include "engine/base/guarded.h"

namespace cbundle {

class ShutdownRequest {
 public:
  ShutdownRequest();

  // From any thread, any number of times; the first reason counts. `once_closed` is called when
  // no more connections are accepted, at once where that is so already.
  void request(const std::string& reason, std::function<void()> once_closed = {});

  int fd() const { return requested_.get(); }             // readable after a request
  std::string reason() { return state_.lock()->reason; }  // empty before

  // Called by the daemon, once.
  void closed();

 private:
  struct State {
    std::string reason;
    bool closed = false;
    std::vector<std::function<void()>> waiting;
  };
  Fd requested_;
  Guarded<State> state_;
};

}  // namespace cbundle
