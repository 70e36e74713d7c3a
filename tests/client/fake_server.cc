// The server side of HTTP/2 by nghttp2, blocking, one connection a thread.
#include "tests/client/fake_server.h"

#include <nghttp2/nghttp2.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cbundle {
namespace {

struct Stream {
  Question question;
  Answer answer;
  std::string body;  // framed messages
  std::size_t sent = 0;
  std::string status_text;
};

struct Service {
  const Answerer& answerer;
  std::map<std::int32_t, Stream> streams;
  std::vector<std::int32_t> waiting;  // for pings
  int pings = 0;
  bool hangs_up = false;
};

nghttp2_nv header(const std::string& name, const std::string& value) {
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::vector<nghttp2_nv> trailers_of(const Stream& stream) {
  static const std::string status = "grpc-status";
  static const std::string name = "grpc-message";
  std::vector<nghttp2_nv> trailers{header(status, stream.status_text)};
  if (!stream.answer.message.empty()) trailers.push_back(header(name, stream.answer.message));
  return trailers;
}

ssize_t read_body(nghttp2_session* session, std::int32_t id, std::uint8_t* to, std::size_t size,
                  std::uint32_t* flags, nghttp2_data_source* source, void*) {
  Stream& stream = *static_cast<Stream*>(source->ptr);
  if (stream.answer.stays_open && stream.sent == stream.body.size()) return NGHTTP2_ERR_DEFERRED;
  const std::size_t count = std::min(size, stream.body.size() - stream.sent);
  std::memcpy(to, stream.body.data() + stream.sent, count);
  stream.sent += count;
  if (stream.sent == stream.body.size() && !stream.answer.stays_open) {
    *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const auto trailers = trailers_of(stream);
    nghttp2_submit_trailer(session, id, trailers.data(), trailers.size());
  }
  return static_cast<ssize_t>(count);
}

void submit_answer(nghttp2_session* session, std::int32_t id, Stream& stream) {
  static const std::string names[] = {":status", "content-type"};
  static const std::string values[] = {"200", "application/grpc"};
  std::vector<nghttp2_nv> headers{header(names[0], values[0]), header(names[1], values[1])};
  if (stream.answer.trailers_only) {
    const auto trailers = trailers_of(stream);
    headers.insert(headers.end(), trailers.begin(), trailers.end());
    nghttp2_submit_response(session, id, headers.data(), headers.size(), nullptr);
    return;
  }
  nghttp2_data_provider body{};
  body.source.ptr = &stream;
  body.read_callback = read_body;
  nghttp2_submit_response(session, id, headers.data(), headers.size(), &body);
}

void answer(nghttp2_session* session, std::int32_t id, Service& service) {
  Stream& stream = service.streams[id];
  if (stream.question.message.size() >= 5) stream.question.message.erase(0, 5);
  stream.question.method = stream.question.headers[":path"];
  stream.answer = service.answerer(stream.question);
  service.hangs_up = stream.answer.hangs_up;
  stream.status_text = std::to_string(stream.answer.status);
  for (const std::string& message : stream.answer.messages) {
    const std::size_t size = message.size();
    for (const std::size_t shift : {32U, 24U, 16U, 8U, 0U}) {
      stream.body += static_cast<char>(shift == 32 ? 0 : size >> shift & 0xff);
    }
    stream.body += message;
  }
  if (service.pings < stream.answer.after_pings) {
    service.waiting.push_back(id);
  } else {
    submit_answer(session, id, stream);
  }
}

int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  auto& service = *static_cast<Service*>(user);
  if (frame->hd.type == NGHTTP2_PING) {
    ++service.pings;
    for (const std::int32_t id : std::exchange(service.waiting, {})) {
      Stream& stream = service.streams[id];
      if (service.pings < stream.answer.after_pings) {
        service.waiting.push_back(id);
      } else {
        submit_answer(session, id, stream);
      }
    }
  }
  const bool is_of_request = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
  if (is_of_request && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
    answer(session, frame->hd.stream_id, service);
  }
  return 0;
}

int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
              std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
              std::uint8_t, void* user) {
  Question& question = static_cast<Service*>(user)->streams[frame->hd.stream_id].question;
  question.headers[std::string(reinterpret_cast<const char*>(name), name_size)] =
      std::string(reinterpret_cast<const char*>(value), value_size);
  return 0;
}

int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data,
            std::size_t size, void* user) {
  static_cast<Service*>(user)->streams[id].question.message.append(
      reinterpret_cast<const char*>(data), size);
  return 0;
}

// False where the client has gone.
bool send_frames(nghttp2_session* session, int socket, std::size_t piece) {
  std::string frames;
  const std::uint8_t* bytes = nullptr;
  ssize_t size = 0;
  while ((size = nghttp2_session_mem_send(session, &bytes)) > 0) {
    frames.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
  std::string_view rest = frames;
  while (!rest.empty()) {
    const ssize_t put = ::send(socket, rest.data(), std::min(piece, rest.size()), MSG_NOSIGNAL);
    if (put <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

}  // namespace

void serve_on(int socket, const Answerer& answerer, std::size_t piece) {
  Service service{answerer, {}, {}};
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session* session = nullptr;
  nghttp2_session_server_new(&session, callbacks, &service);
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0);

  char buffer[16384];
  while (send_frames(session, socket, piece) && !service.hangs_up) {
    const ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(buffer);
    if (nghttp2_session_mem_recv(session, bytes, static_cast<std::size_t>(got)) < 0) break;
  }
  nghttp2_session_del(session);
}

std::pair<Fd, Fd> socket_pair() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
  return {Fd(ends[0]), Fd(ends[1])};
}

FakeServer::FakeServer(Answerer answerer, std::size_t piece) {
  auto [client, server] = socket_pair();
  client_end_ = std::move(client);
  thread_ = std::jthread([own = std::move(server), answerer = std::move(answerer), piece] {
    serve_on(own.get(), answerer, piece);
  });
}

}  // namespace cbundle
