// Accepts connections on the listening socket, from processes of this user only.
#pragma once

#include <functional>
#include <stop_token>
#include <thread>

#include "engine/base/fd.h"

namespace cbundle {

class Acceptor {
 public:
  // Called on the acceptor's thread.
  struct Handlers {
    std::function<void(Fd connection)> accepted;
    std::function<void(unsigned uid)> rejected;  // a process of another user
  };

  // `listening` is non-blocking and outlives this.
  Acceptor(int listening, Handlers handlers);
  ~Acceptor() { stop(); }

  // After this no connection is accepted. Those in the backlog stay there.
  void stop();

 private:
  void run();
  int accept_all() const;

  int listening_;
  Handlers handlers_;
  Fd stop_;
  std::thread thread_;
};

}  // namespace cbundle
