// The client of the remote cache, against a server whose faults the tests set.

#include "daemon/remote/remote_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <thread>

#include "tests/daemon/fake_remote.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_space.h"

namespace cbundle {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class RemoteClientTest : public testing::Test {
 protected:
  RemoteClientTest() {
    config_.remote.text = config_.remote.target = remote_.url();
    config_.remote.instance = "main";
    config_.remote_deadline = 20'000;  // of a machine that is busy; a test for it sets another
  }

  std::unique_ptr<RemoteClient> client() {
    auto client = std::make_unique<RemoteClient>(config_, has_waiting_client_, problems_, clock_);
    return client;
  }

  // What `client` finds once it is connected: until then nothing is found, which is right.
  std::optional<RemoteResult> find(RemoteClient& client, const RemoteKey& key) {
    const int before = remote_.look_ups;
    for (;;) {
      auto found = client.find(key, stop_.get_token());
      if (found || remote_.look_ups != before) return found;
      std::this_thread::yield();
    }
  }

  // Returns when it has been sent, as the client's end waits for that.
  void put(const RemoteKey& key, const std::string& output, const std::string& warnings = {}) {
    client()->put(key, {Blob(output), warnings});
  }

  std::vector<std::string> problems() {
    std::vector<std::string> names;
    for (const Problem& problem : problems_.list()) names.push_back(problem.name);
    return names;
  }

  TestSpace space_;
  FakeRemote remote_{space_.path() / "remote.sock"};
  Config config_;
  Problems problems_{[](const Problem&) {}};
  FakeClock clock_;
  bool has_waiting_client_ = false;
  std::stop_source stop_;
  const RemoteKey key_{"partial", "a manifest"};
};

TEST_F(RemoteClientTest, AnotherClientFindsWhatOneHasPut) {
  put(key_, "output", "warnings");
  const auto other = client();
  const auto found = find(*other, key_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->output.text(), "output");
  EXPECT_EQ(found->warnings, "warnings");
  EXPECT_FALSE(find(*other, {"partial", "another manifest"}));
  EXPECT_FALSE(find(*other, {"layout-a", "a manifest"}));
}

TEST_F(RemoteClientTest, FindsOutputsThatTheServerDoesNotInline) {
  remote_.inlines = false;
  put(key_, "output");
  const auto other = client();
  EXPECT_EQ(find(*other, key_)->output.text(), "output");
}

TEST_F(RemoteClientTest, StreamsBlobsThatAreTooLargeForAMessage) {
  remote_.max_batch = 500;
  remote_.inlines = false;
  const std::string large(3'000'000, 'x');
  put(key_, large);
  const auto other = client();
  EXPECT_EQ(find(*other, key_)->output.text(), large);
}

TEST_F(RemoteClientTest, AnEmptyResultIsAResult) {
  put(key_, "");
  const auto other = client();
  EXPECT_EQ(find(*other, key_)->output.size(), 0U);
}

TEST_F(RemoteClientTest, OtherBytesThanTheDigestNamesAreAMiss) {
  put(key_, "output");
  remote_.lies = true;
  for (const bool inlines : {true, false}) {
    remote_.inlines = inlines;
    const auto other = client();
    EXPECT_FALSE(find(*other, key_));
    EXPECT_EQ(other->take_counters()["remote.wrong"], 1U);
  }
}

TEST_F(RemoteClientTest, AResultWhoseBlobIsGoneIsAMiss) {
  remote_.inlines = false;
  put(key_, "output");
  remote_.blobs.lock()->clear();
  const auto other = client();
  EXPECT_FALSE(find(*other, key_));
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(RemoteClientTest, WhatTheServerHasAlreadyIsNotSentAgain) {
  put(key_, "output");
  const int calls = remote_.calls;
  put(key_, "output");
  EXPECT_EQ(remote_.calls - calls, 3);  // capabilities, what is missing, the result
}

TEST_F(RemoteClientTest, AReadOnlyClientSendsNothing) {
  config_.remote_mode = RemoteMode::read_only;
  put(key_, "output");
  EXPECT_TRUE(remote_.actions.lock()->empty());
  config_.remote_mode = RemoteMode::read_write;
  remote_.can_write = false;
  const auto refused = client();
  find(*refused, key_);  // connected now
  refused->put(key_, {Blob("output"), {}});
  EXPECT_TRUE(remote_.actions.lock()->empty());
  EXPECT_THAT(problems(), IsEmpty());
}

// bazel-remote, for one, may say that results can be written to a client that may only read.
TEST_F(RemoteClientTest, AServerThatRefusesResultsIsOnlyRead) {
  put(key_, "output");
  remote_.refuses_results = true;
  const auto reader = client();
  find(*reader, key_);
  const RemoteKey other{"partial", "another manifest"};
  for (int i = 0; i < 3; ++i) reader->put(other, {Blob("another output"), {}});
  std::uint64_t dropped = 0;
  while (dropped == 0) dropped = reader->take_counters()["remote.dropped"];
  EXPECT_TRUE(find(*reader, key_));
  EXPECT_THAT(problems(), IsEmpty());
  EXPECT_EQ(remote_.actions.lock()->size(), 1U);
}

TEST_F(RemoteClientTest, WhatIsMadeWhileTheRemoteIsDownIsCountedAsDropped) {
  const auto failing = client();
  find(*failing, key_);
  remote_.fails = grpc::StatusCode::UNAVAILABLE;
  find(*failing, key_);
  failing->put(key_, {Blob("output"), {}});
  EXPECT_EQ(failing->take_counters()["remote.dropped"], 1U);
}

TEST_F(RemoteClientTest, AFailureIsNotRepeatedUntilAProbeHasSucceeded) {
  const auto failing = client();
  find(*failing, key_);
  remote_.fails = grpc::StatusCode::UNAVAILABLE;
  EXPECT_FALSE(failing->find(key_, stop_.get_token()));
  EXPECT_THAT(problems(), testing::ElementsAre("remote-cache"));
  const int look_ups = remote_.look_ups;
  EXPECT_FALSE(failing->find(key_, stop_.get_token()));
  EXPECT_EQ(remote_.look_ups, look_ups);
  EXPECT_EQ(failing->take_counters()["remote.skipped"], 1U);

  remote_.fails = grpc::StatusCode::OK;
  clock_.advance(CircuitBreaker::first_pause);
  find(*failing, key_);  // returns when it is asked again
  EXPECT_THAT(problems(), IsEmpty());
}

// With a deadline of an hour, the test would not end if it were waited for.
TEST_F(RemoteClientTest, ABuildThatIsCancelledDoesNotWait) {
  config_.remote_deadline = 3'600'000;
  const auto waiting = client();
  find(*waiting, key_);
  remote_.hangs = true;
  std::jthread cancel([this, before = remote_.look_ups.load()] {
    while (remote_.look_ups == before) std::this_thread::yield();
    stop_.request_stop();
  });
  EXPECT_FALSE(waiting->find(key_, stop_.get_token()));
  EXPECT_THAT(problems(), IsEmpty());
  remote_.hangs = false;
}

TEST_F(RemoteClientTest, ARemoteThatHangsIsLeftAlone) {
  const auto waiting = client();
  find(*waiting, key_);
  config_.remote_deadline = 50;
  const auto hasty = client();
  remote_.hangs = true;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(hasty->find(key_, stop_.get_token()));
  EXPECT_LE(remote_.look_ups, 2);
  remote_.hangs = false;
}

// The thread once looked for work again and again, so that its client could not end.
TEST_F(RemoteClientTest, AClientEndsWhoseRemoteHasNeverAnswered) {
  config_.remote_deadline = 50;
  remote_.hangs = true;
  const auto mute = client();
  EXPECT_FALSE(mute->find(key_, stop_.get_token()));
  mute->put(key_, {Blob("output"), {}});
}

// With a deadline of an hour, the test would not end if it were waited for.
TEST_F(RemoteClientTest, AClientThatWaitsIsNotDelayedByARemoteThatDoesNotAnswer) {
  config_.remote_deadline = 3'600'000;
  has_waiting_client_ = true;
  remote_.hangs = true;
  const auto mute = client();
  mute->put(key_, {Blob("output"), {}});
}

TEST_F(RemoteClientTest, AClientThatWaitsHasItsResultSent) {
  has_waiting_client_ = true;
  {
    const auto waiting = client();
    find(*waiting, key_);
    waiting->put(key_, {Blob("output"), {}});
  }
  EXPECT_EQ(remote_.actions.lock()->size(), 1U);
}

TEST_F(RemoteClientTest, ASocketThatNobodyServesIsOnlyAProblem) {
  config_.remote.text = config_.remote.target = "unix:" + (space_.path() / "none").native();
  config_.remote_deadline = 10;
  const auto alone = client();
  EXPECT_FALSE(alone->find(key_, stop_.get_token()));
  alone->put(key_, {Blob("output"), {}});
}

TEST_F(RemoteClientTest, TheTokenIsReadForEachCallAndIsInNoMessage) {
  config_.remote_token = space_.path() / "token";
  std::ofstream(config_.remote_token) << "first\n";
  const auto one = client();
  find(*one, key_);
  EXPECT_EQ(*remote_.authorization.lock(), "Bearer first");
  std::ofstream(config_.remote_token) << "second\n";
  remote_.fails = grpc::StatusCode::UNAUTHENTICATED;
  find(*one, key_);
  EXPECT_EQ(*remote_.authorization.lock(), "Bearer second");
  const auto all = problems_.list();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_THAT(all.front().what.hint, HasSubstr("CBUNDLE_REMOTE_TOKEN"));
  EXPECT_THAT(text_of({all.front().what}), testing::Not(HasSubstr("second")));
}

}  // namespace
}  // namespace cbundle
