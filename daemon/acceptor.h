// Takes connections from the listening socket, and lets in nobody but ourselves.
#pragma once

#include <functional>
#include <stop_token>
#include <thread>

#include "engine/base/fd.h"

namespace cbundle {

class Acceptor {
 public:
  struct Events {
    std::function<void(Fd connection)> let_in;      // on the acceptor's thread
    std::function<void(unsigned uid)> turned_away;  // likewise; a process of another user
  };

  // `listening` is non-blocking and outlives this.
  Acceptor(int listening, Events events);
  ~Acceptor() { stop(); }

  // Returns once no connection is taken any more. Those not yet accepted stay with the socket.
  void stop();

 private:
  void run();
  int accept_all() const;
  bool wait(int fd, int milliseconds) const;

  int listening_;
  Events events_;
  Fd stop_;
  std::thread thread_;
};

// The user of the process at the other end of a Unix socket; -1 where there is none.
unsigned uid_of_peer(int connection);

}  // namespace cbundle
