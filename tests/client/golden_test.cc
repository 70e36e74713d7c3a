// The bytes on the socket: today's client sends what it did, and understands each version's daemon.
#include "tests/support/golden.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "cbundle/v1/build.pb.h"
#include "client/connection.h"
#include "tests/client/fake_server.h"

namespace cbundle {
namespace {

constexpr std::string_view build = "/cbundle.v1.BuildService/Build";
constexpr std::string_view status = "/cbundle.v1.AdminService/Status";

// What a call brings where the server sends `response`, whatever it is asked.
struct Exchange {
  std::string sent;
  CallEnd end;
  std::vector<std::string> messages;
};

Exchange exchange(std::string_view method, std::string_view request, std::string_view response) {
  Exchange exchange;
  auto [client, server] = socket_pair();
  EXPECT_EQ(::send(server.get(), response.data(), response.size(), 0),
            static_cast<ssize_t>(response.size()));
  EXPECT_EQ(::shutdown(server.get(), SHUT_WR), 0);
  {
    Connection connection(std::move(client));
    exchange.end = connection.call(method, request, [&](std::string_view message) {
      exchange.messages.emplace_back(message);
      return true;
    });
  }
  exchange.sent.resize(4096);
  const ssize_t size =
      ::recv(server.get(), exchange.sent.data(), exchange.sent.size(), MSG_WAITALL);
  exchange.sent.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return exchange;
}

std::string build_request() {
  v1::BuildRequest request;
  request.set_directory("/src");
  request.add_objects("a.o");
  return request.SerializeAsString();
}

TEST(GoldenTest, CallsAreSentAsThisVersionHasSentThem) {
  const std::string build_call = exchange(build, build_request(), "").sent;
  EXPECT_EQ(hex_of(build_call), hex_of(golden("client_build_" CBUNDLE_VERSION, build_call)));
  const std::string status_call = exchange(status, "", "").sent;
  EXPECT_EQ(hex_of(status_call), hex_of(golden("client_status_" CBUNDLE_VERSION, status_call)));
}

TEST(GoldenTest, TheResponseOfEachVersionIsUnderstood) {
  const auto responses = golden_versions("daemon_build");
  ASSERT_FALSE(responses.empty());
  for (const auto& [version, bytes] : responses) {
    const Exchange answered = exchange(build, build_request(), bytes);
    EXPECT_TRUE(answered.end.is_ok()) << version << ": " << answered.end.message;
    ASSERT_EQ(answered.messages.size(), 2U) << version;
    v1::BuildEvent event;
    ASSERT_TRUE(event.ParseFromString(answered.messages[0])) << version;
    EXPECT_EQ(event.warning().message(), "w") << version;
    EXPECT_EQ(event.warning().hint(), "h") << version;
    ASSERT_TRUE(event.ParseFromString(answered.messages[1])) << version;
    EXPECT_EQ(event.built().object(), "bundle") << version;
  }
}

}  // namespace
}  // namespace cbundle
