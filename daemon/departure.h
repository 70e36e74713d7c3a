// The wish that the daemon leave, and whoever waits until it takes no more calls.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/fd.h"
#include "engine/base/guarded.h"

namespace cbundle {

class Departure {
 public:
  Departure();

  // From any thread, any number of times; the first reason counts. `once_closed` is called when
  // no new connection is taken any more, at once where that is so already.
  void request(const std::string& reason, std::function<void()> once_closed = {});

  // Readable once it was requested.
  int fd() const { return requested_.get(); }
  std::string reason() { return state_.lock()->reason; }  // empty where nobody asked

  // Told by the daemon, once.
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
