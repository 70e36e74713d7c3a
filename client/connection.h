// gRPC calls over HTTP/2 on one connected socket.
//
// It speaks gRPC with any server, but without the gRPC library, which costs a process 1 ms (linked
// statically) to 10 ms.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/wedged_daemon.h"
#include "engine/base/fd.h"
#include "engine/base/process.h"

struct nghttp2_session;

namespace cbundle {

// For a server that may have hung. A build may take any time; its server answers pings meanwhile.
struct Timeouts {
  std::chrono::milliseconds receive{500};  // without a byte received; then it is pinged
  std::chrono::milliseconds ping{1000};    // for the answer to the ping
  // For a server that uses processor time meanwhile, and so is busy.
  std::chrono::milliseconds busy{30'000};
  std::chrono::milliseconds send{5000};  // without a byte sent
};

struct CallEnd {
  enum class How {
    answered,        // by a status
    disconnected,    // the connection ended first
    protocol_error,  // the response is not valid gRPC
    timed_out,       // see Timeouts, or the call's own limit
    stopped,         // by the caller's receiver
  };
  How how = How::disconnected;
  int status = 0;            // if answered: gRPC's code; 0 is OK
  std::string message = {};  // the server's message, or what happened; empty for OK

  bool is_ok() const { return how == How::answered && status == 0; }
};

inline CallEnd malformed_response() {
  return {CallEnd::How::protocol_error, 0, "malformed response"};
}

// The gRPC codes that the client distinguishes.
inline constexpr int grpc_unknown = 2;
inline constexpr int grpc_resource_exhausted = 8;
inline constexpr int grpc_unavailable = 14;

// One call after the other, in one thread. After a call that was not answered all others end as
// `disconnected`.
class Connection {
 public:
  // Gets a message of the response; false stops the call. The bytes are valid until it returns.
  using Receiver = std::function<bool(std::string_view message)>;

  // `is_private`: the server was started for this client and serves no other.
  explicit Connection(Fd socket, Timeouts timeouts = {}, bool is_private = false);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Calls `method` ("/package.Service/Method") and passes on each message of the response as it
  // comes; unary or server-streaming. `limit` is for the whole call.
  CallEnd call(std::string_view method, std::string_view request, const Receiver& receive,
               std::optional<std::chrono::milliseconds> limit = std::nullopt);

  // Whether the server closes the connection, or announces that (GOAWAY), within `limit`. It may
  // then wait for the client to close.
  bool wait_for_close(std::chrono::milliseconds limit);

  bool is_private() const { return is_private_; }

  // The process of the server, as far as the kernel tells; 0 if unknown.
  int peer_process() const { return process_behind(peer_of(socket_.get()).pid); }

 private:
  struct Call;
  struct Callbacks;

  bool submit(std::string_view method, Call& call);
  void send_pending(Call& call);
  void receive_some(Call& call);
  bool process_received(std::size_t size);
  void on_receive_timeout(Call& call);
  void set_receive_timeout(std::chrono::milliseconds timeout);

  Fd socket_;
  Timeouts timeouts_;
  bool is_private_;
  nghttp2_session* session_ = nullptr;
  Call* call_ = nullptr;  // the current one
  std::unique_ptr<char[]> buffer_;
  std::string pending_;  // frames to send in one write
  std::chrono::milliseconds receive_timeout_{0};
  bool pinged_ = false;
  std::chrono::steady_clock::time_point pinged_at_;
  std::optional<ProcessState> state_at_ping_;
  bool closing_ = false;  // the server takes no more calls
  bool broken_ = false;
};

// "a b" for "a%20b", as gRPC encodes text in headers.
std::string percent_decoded(std::string_view text);

}  // namespace cbundle
