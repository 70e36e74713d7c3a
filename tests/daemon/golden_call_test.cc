// The bytes that each version's client has sent, sent to today's daemon.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <vector>

#include "daemon/server.h"
#include "tests/daemon/fake_engine.h"
#include "tests/support/golden.h"

namespace cbundle {
namespace {

// What a server has sent on stream 1 (RFC 9113), as far as it can be read without HPACK.
struct Response {
  std::string bytes;  // all frames
  std::string data;   // the payload of DATA
};

std::string read_exactly(int socket, std::size_t size) {
  std::string bytes(size, '\0');
  EXPECT_EQ(::recv(socket, bytes.data(), size, MSG_WAITALL), static_cast<ssize_t>(size));
  return bytes;
}

// Reads frames until HEADERS with END_STREAM, which are the trailers.
Response read_response(int socket) {
  constexpr unsigned char data = 0, headers = 1, end_stream = 1;
  Response response;
  for (;;) {
    const std::string head = read_exactly(socket, 9);
    const auto byte = [&](std::size_t i) -> unsigned {
      return static_cast<unsigned char>(head[i]);
    };
    const std::string payload = read_exactly(socket, byte(0) << 16 | byte(1) << 8 | byte(2));
    response.bytes += head + payload;
    if (byte(3) == data) response.data += payload;
    if (byte(3) == headers && (byte(4) & end_stream) != 0) return response;
    if (::testing::Test::HasFailure()) return response;
  }
}

// gRPC's messages: each after a flag and four bytes of length.
std::vector<std::string> messages_in(std::string_view data) {
  std::vector<std::string> messages;
  while (data.size() >= 5) {
    std::size_t size = 0;
    for (std::size_t i = 1; i < 5; ++i) size = size << 8 | static_cast<unsigned char>(data[i]);
    messages.emplace_back(data.substr(5, size));
    data.remove_prefix(std::min(5 + size, data.size()));
  }
  return messages;
}

class GoldenCallTest : public ::testing::Test {
 protected:
  Response respond_to(const std::string& request) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    const Fd client(ends[0]);
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    server_.serve(Fd(ends[1]));
    EXPECT_EQ(::send(client.get(), request.data(), request.size(), 0),
              static_cast<ssize_t>(request.size()));
    return read_response(client.get());
  }

  FakeEngine engine_;
  Configured configured_ = configure(std::span<const Layer>()).value();
  Activity activity_;
  ShutdownRequest shutdown_;
  Problems problems_;
  Server server_{engine_, problems_, configured_, activity_, shutdown_};
};

TEST_F(GoldenCallTest, AStatusCallOfEachVersionIsAnswered) {
  const auto calls = golden_versions("client_status");
  ASSERT_FALSE(calls.empty());
  for (const auto& [version, bytes] : calls) {
    const auto messages = messages_in(respond_to(bytes).data);
    ASSERT_EQ(messages.size(), 1U) << version;
    v1::StatusResponse status;
    ASSERT_TRUE(status.ParseFromString(messages[0])) << version;
    EXPECT_EQ(status.pid(), ::getpid()) << version;
  }
}

TEST_F(GoldenCallTest, ABuildOfThisVersionIsAnswered) {
  engine_.on_build = [](const Request& request, Progress& progress, const std::stop_token&) {
    EXPECT_EQ(request.directory, "/src");
    EXPECT_EQ(request.objects, std::vector<std::filesystem::path>{"a.o"});
    progress.on(Warning{{.severity = Severity::warning, .message = "w", .hint = "h"}});
    return built_of("bundle");
  };
  const auto calls = golden_versions("client_build");
  ASSERT_TRUE(calls.contains(CBUNDLE_VERSION));
  const Response response = respond_to(calls.at(CBUNDLE_VERSION));
  golden("daemon_build_" CBUNDLE_VERSION, response.bytes);  // for the client's tests
  const auto messages = messages_in(response.data);
  ASSERT_EQ(messages.size(), 2U);
  v1::BuildEvent event;
  ASSERT_TRUE(event.ParseFromString(messages[0]));
  EXPECT_EQ(event.warning().message(), "w");
  ASSERT_TRUE(event.ParseFromString(messages[1]));
  EXPECT_EQ(event.built().object(), "bundle");
}

TEST_F(GoldenCallTest, ABuildOfAnotherVersionIsRefusedAndStopsTheDaemon) {
  for (const auto& [version, bytes] : golden_versions("client_build")) {
    if (version == CBUNDLE_VERSION) continue;
    EXPECT_EQ(respond_to(bytes).data, "") << version;
    EXPECT_NE(shutdown_.reason(), "") << version;
  }
}

}  // namespace
}  // namespace cbundle
