// HTTP/2 by nghttp2, gRPC's framing by hand, and waits that end.
#include "client/connection.h"

#include <nghttp2/nghttp2.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <iterator>

#include "engine/base/endian.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Large windows, announced at the start, so that the server never waits for the client.
constexpr std::int32_t window = 64 << 20;
constexpr std::uint32_t frame_size = 1 << 20;
constexpr std::size_t buffer_size = 96 << 10;   // below malloc's threshold for mmap
constexpr std::size_t max_message = 256 << 20;  // a larger length is an error
constexpr std::size_t frame_head = 5;           // gRPC's: a flag and four bytes of length

constexpr const char* no_response = "no response";
constexpr const char* invalid_http2 = "invalid HTTP/2 response";

timeval timeval_of(milliseconds duration) {
  timeval time{};
  time.tv_sec = duration.count() / 1000;
  time.tv_usec = duration.count() % 1000 * 1000;
  return time;
}

std::string framed(std::string_view message) {
  std::string frame(frame_head, '\0');
  store_number(&frame[1], static_cast<std::uint32_t>(message.size()), true);
  return frame.append(message);
}

// nghttp2 takes non-const bytes, but does not change them.
std::uint8_t* bytes_of(std::string_view text) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

nghttp2_nv header(std::string_view name, std::string_view value) {
  constexpr std::uint8_t flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  return {bytes_of(name), bytes_of(value), name.size(), value.size(), flags};
}

}  // namespace

struct Connection::Call {
  Call(std::string_view bare_request, const Receiver& receiver)
      : request(framed(bare_request)), receive(receiver) {}

  std::string request;
  std::size_t sent = 0;  // of request
  const Receiver& receive;
  std::optional<steady_clock::time_point> deadline;

  std::int32_t stream = -1;
  std::string partial;  // the start of a message whose end has not come
  std::optional<int> status;
  std::string message;  // grpc-message
  bool ended = false;
  CallEnd end;

  void finish(CallEnd::How how, std::string text) {
    if (ended) return;
    ended = true;
    end = {how, status.value_or(0), std::move(text)};
  }
  bool on_data(std::string_view bytes);
  void on_header(std::string_view name, std::string_view value);
  void close(std::uint32_t error);
};

// Messages that are complete in `bytes` are passed on without a copy.
bool Connection::Call::on_data(std::string_view bytes) {
  const bool continues = !partial.empty();
  if (continues) bytes = partial.append(bytes);
  while (bytes.size() >= frame_head) {
    const std::size_t length = load_number<std::uint32_t>(&bytes[1], true);
    if (bytes.front() != 0 || length > max_message) {
      finish(CallEnd::How::protocol_error, "invalid gRPC message");
      return false;
    }
    if (bytes.size() - frame_head < length) break;
    if (!receive(bytes.substr(frame_head, length))) {
      finish(CallEnd::How::stopped, {});
      return false;
    }
    bytes.remove_prefix(frame_head + length);
  }
  if (continues) {
    partial.erase(0, partial.size() - bytes.size());
  } else {
    partial = bytes;
  }
  return true;
}

void Connection::Call::on_header(std::string_view name, std::string_view value) {
  if (name == ":status" && value != "200") {
    finish(CallEnd::How::protocol_error, "unexpected HTTP status " + std::string(value));
  } else if (name == "grpc-status") {
    int code = grpc_unknown;
    std::from_chars(value.data(), value.data() + value.size(), code);
    status = code;
  } else if (name == "grpc-message") {
    message = percent_decoded(value);
  }
}

void Connection::Call::close(std::uint32_t error) {
  if (status && *status != 0) return finish(CallEnd::How::answered, std::move(message));
  if (!status) {
    return finish(CallEnd::How::disconnected,
                  std::string("the server ended the call: ") + nghttp2_http2_strerror(error));
  }
  if (!partial.empty()) return finish(CallEnd::How::protocol_error, "truncated gRPC message");
  finish(CallEnd::How::answered, {});
}

struct Connection::Callbacks {
  static Call* call_of(void* connection, std::int32_t stream) {
    Call* call = static_cast<Connection*>(connection)->call_;
    return call != nullptr && call->stream == stream ? call : nullptr;
  }

  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data,
                     std::size_t size, void* connection) {
    Call* call = call_of(connection, stream);
    if (call == nullptr || call->ended) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    return call->on_data(bytes) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* connection) {
    if (Call* call = call_of(connection, frame->hd.stream_id)) {
      call->on_header({reinterpret_cast<const char*>(name), name_size},
                      {reinterpret_cast<const char*>(value), value_size});
    }
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* connection) {
    if (frame->hd.type == NGHTTP2_GOAWAY) static_cast<Connection*>(connection)->closing_ = true;
    return 0;
  }

  static int on_close(nghttp2_session*, std::int32_t stream, std::uint32_t error,
                      void* connection) {
    if (Call* call = call_of(connection, stream)) call->close(error);
    return 0;
  }

  static ssize_t read_request(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t size,
                              std::uint32_t* flags, nghttp2_data_source* source, void*) {
    Call& call = *static_cast<Call*>(source->ptr);
    const std::size_t count = std::min(size, call.request.size() - call.sent);
    std::copy_n(call.request.data() + call.sent, count, to);
    call.sent += count;
    if (call.sent == call.request.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }
};

Connection::Connection(Fd socket, Timeouts timeouts, bool is_private)
    : socket_(std::move(socket)),
      timeouts_(timeouts),
      is_private_(is_private),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_size)) {
  const timeval sending = timeval_of(timeouts.send);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &sending, sizeof sending);

  nghttp2_session_callbacks* callbacks = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0) std::abort();  // out of memory
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::on_data);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::on_close);
  if (nghttp2_session_client_new(&session_, callbacks, this) != 0) std::abort();
  nghttp2_session_callbacks_del(callbacks);

  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<std::uint32_t>(window)},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, frame_size}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, window);
}

Connection::~Connection() { nghttp2_session_del(session_); }

bool Connection::submit(std::string_view method, Call& call) {
  const nghttp2_nv headers[] = {header(":method", "POST"),
                                header(":scheme", "http"),
                                header(":path", method),
                                header(":authority", "localhost"),
                                header("te", "trailers"),
                                header("content-type", "application/grpc"),
                                header("user-agent", "cbundle/" CBUNDLE_VERSION),
                                header("cbundle-version", CBUNDLE_VERSION)};
  nghttp2_data_provider body{};
  body.source.ptr = &call;
  body.read_callback = Callbacks::read_request;
  call.stream =
      nghttp2_submit_request(session_, nullptr, headers, std::size(headers), &body, nullptr);
  return call.stream >= 0;
}

CallEnd Connection::call(std::string_view method, std::string_view request, const Receiver& receive,
                         std::optional<milliseconds> limit) {
  Call call(request, receive);
  if (limit) call.deadline = steady_clock::now() + *limit;
  if (broken_ || !submit(method, call)) {
    return {CallEnd::How::disconnected, 0, "the connection is closed"};
  }
  call_ = &call;
  while (!call.ended) {
    send_pending(call);
    if (!call.ended) receive_some(call);
  }
  call_ = nullptr;
  broken_ = call.end.how != CallEnd::How::answered;
  return call.end;
}

void Connection::send_pending(Call& call) {
  pending_.clear();
  const std::uint8_t* frames = nullptr;
  ssize_t size = 0;
  while ((size = nghttp2_session_mem_send(session_, &frames)) > 0) {
    pending_.append(reinterpret_cast<const char*>(frames), static_cast<std::size_t>(size));
  }
  if (size < 0) {
    return call.finish(CallEnd::How::protocol_error, nghttp2_strerror(static_cast<int>(size)));
  }

  std::string_view rest = pending_;
  while (!rest.empty()) {
    const ssize_t put = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return call.finish(CallEnd::How::timed_out, "it accepts no requests");
    }
    if (put < 0) return;  // the server may have sent the reason before it closed
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
}

void Connection::receive_some(Call& call) {
  if (nghttp2_session_want_read(session_) == 0) {  // after a protocol error
    return call.finish(CallEnd::How::protocol_error, invalid_http2);
  }
  using std::chrono::duration_cast;
  milliseconds timeout = pinged_ ? timeouts_.ping : timeouts_.receive;
  if (call.deadline) {
    const auto left = duration_cast<milliseconds>(*call.deadline - steady_clock::now());
    if (left < milliseconds(0)) return call.finish(CallEnd::How::timed_out, no_response);
    timeout = std::clamp(left, milliseconds(1), timeout);
  }
  set_receive_timeout(timeout);

  const ssize_t got = ::recv(socket_.get(), buffer_.get(), buffer_size, 0);
  if (got > 0) {
    pinged_ = false;
    if (!process_received(static_cast<std::size_t>(got))) {
      call.finish(CallEnd::How::protocol_error, invalid_http2);
    }
  } else if (got == 0) {
    call.finish(CallEnd::How::disconnected, "it closed the connection");
  } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
    on_receive_timeout(call);
  } else if (errno != EINTR) {
    call.finish(CallEnd::How::disconnected, "the connection failed: " + errno_message(errno));
  }
}

// Pings the server, or gives up if it is stopped, or has neither answered the ping nor used the
// processor meanwhile.
void Connection::on_receive_timeout(Call& call) {
  const auto now = steady_clock::now();
  const bool over = call.deadline && now >= *call.deadline;
  const std::optional<ProcessState> state = state_of_process(peer_process());
  if (over || (state && state->is_stopped)) {
    return call.finish(CallEnd::How::timed_out, no_response);
  }
  if (!pinged_) {
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
    pinged_ = true;
    pinged_at_ = now;
    state_at_ping_ = state;
    return;
  }
  const bool is_busy = state && state_at_ping_ && state->cpu_time != state_at_ping_->cpu_time;
  if (!is_busy || now - pinged_at_ >= timeouts_.busy) {
    return call.finish(CallEnd::How::timed_out, no_response);
  }
  state_at_ping_ = state;
}

void Connection::set_receive_timeout(milliseconds timeout) {
  if (timeout == receive_timeout_) return;
  receive_timeout_ = timeout;
  const timeval time = timeval_of(timeout);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

bool Connection::wait_for_close(milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  while (!closing_) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    if (left <= milliseconds(0)) return false;
    set_receive_timeout(left);
    const ssize_t got = ::recv(socket_.get(), buffer_.get(), buffer_size, 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0 || !process_received(static_cast<std::size_t>(got))) return true;
  }
  return true;
}

// False if the buffer does not hold valid HTTP/2.
bool Connection::process_received(std::size_t size) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(buffer_.get());
  return nghttp2_session_mem_recv(session_, bytes, size) >= 0;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    unsigned byte = 0;
    const char* const digits = text.data() + 1;
    const bool is_escape = text.front() == '%' && text.size() >= 3 &&
                           std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    decoded += is_escape ? static_cast<char>(byte) : text.front();
    text.remove_prefix(is_escape ? 3 : 1);
  }
  return decoded;
}

}  // namespace cbundle
