// gRPC calls over HTTP/2 on one connected socket.
//
// gRPC is the protocol, and any gRPC server understands this client; the gRPC library is left
// out, for it costs a process 1 ms (linked statically) to 10 ms.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/descriptor.h"

struct nghttp2_session;

namespace cbundle {

// How long to wait for a server that may have hung. A build may take its time; its server answers
// pings all the while.
struct Patience {
  std::chrono::milliseconds silence{2000};  // without a byte, then it is pinged
  std::chrono::milliseconds answer{3000};   // to the ping
  std::chrono::milliseconds sending{5000};  // without being able to send a byte
};

struct CallEnd {
  enum class How {
    answered,   // by a status
    lost,       // the connection ended first
    garbled,    // what came is no gRPC
    silent,     // out of patience, or over the call's limit
    abandoned,  // by our own receiver
  };
  How how = How::lost;
  int status = 0;            // where answered: gRPC's code; 0 is OK
  std::string message = {};  // the server's words, or what happened; empty for OK

  bool is_ok() const { return how == How::answered && status == 0; }
};

// The gRPC codes that the client tells apart.
inline constexpr int grpc_unknown = 2;
inline constexpr int grpc_resource_exhausted = 8;
inline constexpr int grpc_failed_precondition = 9;
inline constexpr int grpc_unavailable = 14;

// One call after the other, in one thread. After a call that was not answered, all further ones
// are lost.
class Connection {
 public:
  // Takes a message of the answer; false abandons the call. The bytes live until it returns.
  using Receiver = std::function<bool(std::string_view message)>;

  explicit Connection(Descriptor socket, Patience patience = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Calls `method` ("/package.Service/Method") and hands over each message of the answer as it
  // comes; unary or server-streaming. `limit` bounds the whole call.
  CallEnd call(std::string_view method, std::string_view request, const Receiver& receive,
               std::optional<std::chrono::milliseconds> limit = std::nullopt);

  // Whether the other end closes, or says that it is about to (GOAWAY), within `limit`. It may
  // then wait for us to close.
  bool wait_for_goodbye(std::chrono::milliseconds limit);

  // The process at the other end, as the kernel knows it; 0 if it does not.
  int peer_process() const;

 private:
  struct Call;
  struct Callbacks;

  bool submit(std::string_view method, Call& call);
  void send_pending(Call& call);
  void receive_some(Call& call);
  bool understand(std::size_t size);
  void wait_longer(Call& call);
  void set_receive_timeout(std::chrono::milliseconds timeout);

  Descriptor socket_;
  Patience patience_;
  nghttp2_session* session_ = nullptr;
  Call* call_ = nullptr;  // the one that runs
  std::unique_ptr<char[]> buffer_;
  std::string pending_;  // frames to send in one write
  std::chrono::milliseconds receive_timeout_{0};
  bool pinged_ = false;
  bool goodbye_ = false;  // it takes no more calls
  bool broken_ = false;
};

// "a b" for "a%20b": gRPC's way to put any text into a header.
std::string percent_decoded(std::string_view text);

}  // namespace cbundle
