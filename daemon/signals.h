// The signals that request a shutdown, as a descriptor to poll.
#pragma once

#include <string>

#include "engine/base/fd.h"

namespace cbundle {

class Signals {
 public:
  // Blocks SIGTERM, SIGINT and SIGHUP in this thread and all that it starts after this.
  Signals();

  int fd() const { return fd_.get(); }

  // The name of a signal that has arrived: "SIGTERM"; empty where none has.
  std::string take() const;

 private:
  Fd fd_;
};

}  // namespace cbundle
