// The signals that ask the daemon to leave, as a descriptor to wait for.
#pragma once

#include <string>

#include "engine/base/fd.h"

namespace cbundle {

class Signals {
 public:
  // Blocks SIGTERM, SIGINT and SIGHUP in this thread and all that it starts from now on.
  Signals();

  int fd() const { return fd_.get(); }

  // The name of one that has come: "SIGTERM"; empty where none has.
  std::string take() const;

 private:
  Fd fd_;
};

}  // namespace cbundle
