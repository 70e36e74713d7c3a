// A gRPC server on one socket, as small as possible: a test decides what it answers.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/fd.h"

namespace cbundle {

struct Question {
  std::string method;
  std::map<std::string, std::string> headers;
  std::string message;
};

struct Answer {
  std::vector<std::string> messages;
  int status = 0;
  std::string message = {};    // grpc-message, percent-encoded
  bool trailers_only = false;  // status without messages, in one HEADERS frame
  int after_pings = 0;         // not before the client has pinged so often
  bool stays_open = false;     // messages, but no end
  bool hangs_up = false;       // the connection ends with the answer
};

using Answerer = std::function<Answer(const Question&)>;

// Serves until the other end closes, or an answer has hangs_up; `piece` bounds what is written
// at once.
void serve_on(int socket, const Answerer& answerer, std::size_t piece = SIZE_MAX);

// serve_on in a thread, on one end of a socket pair.
class FakeServer {
 public:
  explicit FakeServer(Answerer answerer, std::size_t piece = SIZE_MAX);

  // The other end, once. When it is closed the thread ends.
  Fd take_client_end() { return std::move(client_end_); }

 private:
  Fd client_end_;
  std::jthread thread_;
};

// A socket pair: [0] and [1].
std::pair<Fd, Fd> socket_pair();

}  // namespace cbundle
