// Calls over a socket pair, with servers that work and servers that fail.
#include "client/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/client/fake_server.h"

namespace cbundle {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using How = CallEnd::How;

// For servers that hang.
constexpr Timeouts short_timeouts{milliseconds(5), milliseconds(5), milliseconds(5)};

struct Heard {
  CallEnd end;
  std::vector<std::string> messages;
};

Heard call(Connection& connection, std::string_view request = "please") {
  Heard heard;
  heard.end = connection.call("/test.Service/Method", request, [&](std::string_view message) {
    heard.messages.emplace_back(message);
    return true;
  });
  return heard;
}

Answerer always(const Answer& answer) {
  return [answer](const Question&) { return answer; };
}

// How a call ends if the server sends `bytes` and closes.
CallEnd end_after(std::string_view bytes) {
  auto [client, server] = socket_pair();
  EXPECT_EQ(::send(server.get(), bytes.data(), bytes.size(), 0),
            static_cast<ssize_t>(bytes.size()));
  EXPECT_EQ(::shutdown(server.get(), SHUT_WR), 0);
  Connection connection(std::move(client));
  return call(connection).end;
}

TEST(ConnectionTest, AUnaryCallReturnsItsResponse) {
  FakeServer server(always({.messages = {"here"}}));
  Connection connection(server.take_client_end());
  const Heard heard = call(connection);
  EXPECT_TRUE(heard.end.is_ok());
  EXPECT_THAT(heard.messages, ElementsAre("here"));
}

TEST(ConnectionTest, TheServerSeesMethodMessageAndVersion) {
  Question asked;
  {
    FakeServer server([&](const Question& question) {
      asked = question;
      return Answer{};
    });
    Connection connection(server.take_client_end());
    EXPECT_TRUE(call(connection, "a request").end.is_ok());
  }
  EXPECT_EQ(asked.method, "/test.Service/Method");
  EXPECT_EQ(asked.message, "a request");
  EXPECT_EQ(asked.headers["cbundle-version"], CBUNDLE_VERSION);
  EXPECT_EQ(asked.headers["content-type"], "application/grpc");
  EXPECT_EQ(asked.headers["te"], "trailers");
}

TEST(ConnectionTest, StreamedMessagesComeInOrder) {
  FakeServer server(always({.messages = {"one", "", "three"}}));
  Connection connection(server.take_client_end());
  EXPECT_THAT(call(connection).messages, ElementsAre("one", "", "three"));
}

TEST(ConnectionTest, FramesMayComeByteByByte) {
  FakeServer server(always({.messages = {"one", "two", std::string(300, 'x')}}), 1);
  Connection connection(server.take_client_end());
  const Heard heard = call(connection);
  EXPECT_TRUE(heard.end.is_ok());
  EXPECT_THAT(heard.messages, ElementsAre("one", "two", std::string(300, 'x')));
}

TEST(ConnectionTest, MessagesLargerThanTheBufferAreComplete) {
  std::string large(5 << 20, 'x');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7);
  FakeServer server(always({.messages = {large, "end"}}), 10'000);
  Connection connection(server.take_client_end());
  const Heard heard = call(connection);
  EXPECT_TRUE(heard.end.is_ok());
  ASSERT_EQ(heard.messages.size(), 2U);
  EXPECT_TRUE(heard.messages[0] == large);
  EXPECT_EQ(heard.messages[1], "end");
}

TEST(ConnectionTest, ARequestLargerThanTheServersWindowIsSent) {
  const std::string large(3 << 20, 'r');  // the server's window has 64 KiB
  std::size_t came = 0;
  {
    FakeServer server([&](const Question& question) {
      came = question.message.size();
      return Answer{};
    });
    Connection connection(server.take_client_end());
    EXPECT_TRUE(call(connection, large).end.is_ok());
  }
  EXPECT_EQ(came, large.size());
}

TEST(ConnectionTest, CallsFollowEachOtherOnOneConnection) {
  int calls = 0;
  FakeServer server([&](const Question& question) {
    ++calls;
    return Answer{.messages = {question.message + std::to_string(calls)}};
  });
  Connection connection(server.take_client_end());
  EXPECT_THAT(call(connection, "a").messages, ElementsAre("a1"));
  EXPECT_THAT(call(connection, "b").messages, ElementsAre("b2"));
}

TEST(ConnectionTest, AStatusInTrailersOnlyIsReturned) {
  FakeServer server(always({.messages = {},
                            .status = 9,
                            .message = "an%20old%20daemon%0A%41%zz",
                            .trailers_only = true}));
  Connection connection(server.take_client_end());
  const CallEnd end = call(connection).end;
  EXPECT_EQ(end.how, How::answered);
  EXPECT_EQ(end.status, 9);  // FAILED_PRECONDITION
  EXPECT_EQ(end.message, "an old daemon\nA%zz");
}

TEST(ConnectionTest, AStatusAfterMessagesCounts) {
  FakeServer server(always({.messages = {"half"}, .status = 14, .message = "leaving"}));
  Connection connection(server.take_client_end());
  const Heard heard = call(connection);
  EXPECT_EQ(heard.end.status, grpc_unavailable);
  EXPECT_EQ(heard.end.message, "leaving");
  EXPECT_FALSE(heard.end.is_ok());
}

TEST(ConnectionTest, AServerThatClosesAtOnceIsDisconnected) {
  EXPECT_EQ(end_after("").how, How::disconnected);
}

TEST(ConnectionTest, AServerThatHasExitedIsDisconnected) {
  auto [client, server] = socket_pair();
  server = Fd();
  Connection connection(std::move(client));
  EXPECT_EQ(call(connection).end.how, How::disconnected);
}

TEST(ConnectionTest, AServerThatClosesWithinAFrameIsDisconnected) {
  EXPECT_EQ(end_after(std::string_view("\0\0\x06\x04\0\0\0\0\0\0\x03", 11)).how, How::disconnected);
}

TEST(ConnectionTest, OtherProtocolsAreAProtocolError) {
  const CallEnd end = end_after("220 mail.example.org ESMTP at your service\r\n");
  EXPECT_EQ(end.how, How::protocol_error);
  EXPECT_THAT(end.message, HasSubstr("invalid HTTP/2 response"));
}

TEST(ConnectionTest, ATooLongMessageIsAProtocolError) {
  auto [client, raw] = socket_pair();
  // SETTINGS; HEADERS with :status 200 (HPACK index 8); DATA whose message claims 4 GiB.
  const std::string_view bytes(
      "\0\0\0\x04\0\0\0\0\0"
      "\0\0\1\1\4\0\0\0\1\x88"
      "\0\0\5\0\0\0\0\0\1\0\xff\xff\xff\xff",
      9 + 10 + 14);
  ASSERT_EQ(::send(raw.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  Connection connection(std::move(client));
  const CallEnd end = call(connection).end;
  EXPECT_EQ(end.how, How::protocol_error);
  EXPECT_THAT(end.message, HasSubstr("invalid gRPC message"));
}

TEST(ConnectionTest, AnHttpErrorIsAProtocolError) {
  auto [client, raw] = socket_pair();
  // SETTINGS; HEADERS with :status 404 (HPACK index 13).
  const std::string_view bytes(
      "\0\0\0\x04\0\0\0\0\0"
      "\0\0\1\1\5\0\0\0\1\x8d",
      9 + 10);
  ASSERT_EQ(::send(raw.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  Connection connection(std::move(client));
  const CallEnd end = call(connection).end;
  EXPECT_EQ(end.how, How::protocol_error);
  EXPECT_THAT(end.message, HasSubstr("404"));
}

TEST(ConnectionTest, AServerThatNeverAnswersTimesOut) {
  auto [client, server] = socket_pair();
  Connection connection(std::move(client), short_timeouts);
  EXPECT_EQ(call(connection).end.how, How::timed_out);
}

TEST(ConnectionTest, AServerThatStopsReadingTimesOut) {
  auto [client, server] = socket_pair();
  Connection connection(std::move(client), short_timeouts);
  // HTTP/2 lets 64 KiB go before the server must speak; a window of its own lets more.
  const std::string_view window(
      "\0\0\6\4\0\0\0\0\0\0\4\x7f\xff\xff\xff"
      "\0\0\4\x08\0\0\0\0\0\x7f\xf0\0\0",
      15 + 13);
  ASSERT_EQ(::send(server.get(), window.data(), window.size(), 0),
            static_cast<ssize_t>(window.size()));
  EXPECT_EQ(call(connection, std::string(8 << 20, 'x')).end.how, How::timed_out);
}

TEST(ConnectionTest, AServerThatAnswersPingsDoesNotTimeOut) {
  FakeServer server(always({.messages = {"at last"}, .after_pings = 5}));
  Connection connection(server.take_client_end(),
                        {milliseconds(1), milliseconds(10'000), milliseconds(10'000)});
  EXPECT_THAT(call(connection).messages, ElementsAre("at last"));
}

TEST(ConnectionTest, TheLimitOfACallHoldsThoughPingsAreAnswered) {
  FakeServer server(always({.messages = {}, .after_pings = 1'000'000}));
  Connection connection(server.take_client_end(),
                        {milliseconds(1), milliseconds(10'000), milliseconds(10'000)});
  const CallEnd end = connection.call(
      "/test.Service/Method", "", [](std::string_view) { return true; }, milliseconds(20));
  EXPECT_EQ(end.how, How::timed_out);
}

TEST(ConnectionTest, AReceiverMayStopTheCall) {
  FakeServer server(always({.messages = {"one", "two"}}));
  Connection connection(server.take_client_end());
  int heard = 0;
  const CallEnd end = connection.call("/test.Service/Method", "", [&](std::string_view) {
    ++heard;
    return false;
  });
  EXPECT_EQ(end.how, How::stopped);
  EXPECT_EQ(heard, 1);
  EXPECT_EQ(call(connection).end.how, How::disconnected);
}

TEST(ConnectionTest, WaitsForTheServerToClose) {
  auto [client, server] = socket_pair();
  Connection connection(std::move(client));
  EXPECT_FALSE(connection.wait_for_close(milliseconds(1)));
  server = Fd();
  EXPECT_TRUE(connection.wait_for_close(milliseconds(10'000)));
}

TEST(ConnectionTest, GoawayCountsAsClosing) {
  auto [client, server] = socket_pair();
  Connection connection(std::move(client));
  const std::string_view bytes(
      "\0\0\0\x04\0\0\0\0\0"
      "\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0",
      9 + 17);
  ASSERT_EQ(::send(server.get(), bytes.data(), bytes.size(), 0),
            static_cast<ssize_t>(bytes.size()));
  EXPECT_TRUE(connection.wait_for_close(milliseconds(10'000)));
}

TEST(ConnectionTest, PercentSignsWithoutHexDigitsStay) {
  EXPECT_EQ(percent_decoded("100% of %4"), "100% of %4");
  EXPECT_EQ(percent_decoded("%e2%82%AC"), "\u20ac");
}

}  // namespace
}  // namespace cbundle
