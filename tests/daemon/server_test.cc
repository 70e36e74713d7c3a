// Calls over a socket, to a server with a fake engine.
#include "daemon/server.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <future>
#include <thread>
#include <vector>

#include "cbundle/v1/admin.grpc.pb.h"
#include "cbundle/v1/build.grpc.pb.h"
#include "tests/daemon/fake_engine.h"

namespace cbundle {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::BuildRequest small_request() {
  v1::BuildRequest request;
  request.set_directory("/src");
  request.add_objects("a.o");
  return request;
}

// Everything that a call has returned.
struct Answer {
  std::vector<v1::BuildEvent> events;
  grpc::Status status;

  const v1::BuildEvent& last() const { return events.back(); }
  std::string chunks() const {
    std::string bytes;
    for (const auto& event : events) bytes += event.chunk();
    return bytes;
  }
};

// A client with a connection of its own.
class Client {
 public:
  explicit Client(Server& server) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    server.serve(Fd(ends[0]));
    channel_ = grpc::CreateInsecureChannelFromFd("cbundled", ends[1]);
    builds_ = v1::BuildService::NewStub(channel_);
    admin = v1::AdminService::NewStub(channel_);
  }

  Answer build(const v1::BuildRequest& request, const std::string& version = {}) {
    Answer answer;
    auto reader = start(request, version);
    v1::BuildEvent event;
    while (reader->Read(&event)) answer.events.push_back(event);
    answer.status = reader->Finish();
    return answer;
  }
  std::unique_ptr<grpc::ClientReader<v1::BuildEvent>> start(const v1::BuildRequest& request,
                                                            const std::string& version = {}) {
    if (!version.empty()) context.AddMetadata("cbundle-version", version);
    return builds_->Build(&context, request);
  }

  grpc::ClientContext context;  // of the one call
  std::unique_ptr<v1::AdminService::Stub> admin;

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::BuildService::Stub> builds_;
};

class ServerTest : public ::testing::Test {
 protected:
  static Configured defaults() { return configure(std::span<const Layer>()).value(); }

  Answer build(const v1::BuildRequest& request, const std::string& version = {}) {
    return Client(server_).build(request, version);
  }

  FakeEngine engine_;
  Configured configured_ = defaults();
  Activity activity_;
  ShutdownRequest shutdown_;
  Problems problems_;
  Server server_{engine_, problems_, configured_, activity_, shutdown_};
};

TEST_F(ServerTest, AHitIsOneMessageWithItsStages) {
  engine_.on_lookup = [](const Request& request, Progress& progress) {
    EXPECT_EQ(request.objects.front(), "a.o");
    progress.on(StageFinished{StageKind::bundle, Outcome::hit, std::chrono::microseconds(9), ""});
    return std::optional(built_of("bundle"));
  };
  const Answer answer = build(small_request(), CBUNDLE_VERSION);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  ASSERT_EQ(answer.events.size(), 1U);
  const v1::Built& built = answer.last().built();
  EXPECT_EQ(built.object(), "bundle");
  EXPECT_EQ(built.digest(), Digest::of("bundle").raw());
  ASSERT_EQ(built.stages_size(), 1);
  EXPECT_EQ(built.stages(0).stage(), "bundle");
  EXPECT_EQ(built.stages(0).outcome(), v1::OUTCOME_HIT);
  EXPECT_EQ(built.inputs_size(), 0);
}

TEST_F(ServerTest, AHitReplaysItsWarningsFirst) {
  engine_.on_lookup = [](const Request&, Progress& progress) {
    progress.on(Warning{{.message = "one"}});
    progress.on(Warning{{.message = "two"}});
    return std::optional(built_of("bundle"));
  };
  const Answer answer = build(small_request());
  ASSERT_EQ(answer.events.size(), 3U);
  EXPECT_EQ(answer.events[0].warning().message(), "one");
  EXPECT_EQ(answer.events[1].warning().message(), "two");
  EXPECT_EQ(answer.last().built().object(), "bundle");
}

TEST_F(ServerTest, AMissStreamsWarningsAndSendsItsStagesAtTheEnd) {
  engine_.on_build = [](const Request&, Progress& progress, const std::stop_token&) {
    progress.on(StageFinished{StageKind::partial, Outcome::ran, std::chrono::microseconds(5), "n"});
    progress.on(Warning{{.message = "w"}});
    progress.on(CacheWarning{{.message = "t"}});
    return built_of("bundle");
  };
  v1::BuildRequest request = small_request();
  request.set_want_inputs(true);
  const Answer answer = build(request);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  ASSERT_EQ(answer.events.size(), 3U);
  EXPECT_EQ(answer.events[0].warning().message(), "w");
  EXPECT_EQ(answer.events[1].cache_warning().message(), "t");
  EXPECT_EQ(answer.last().built().object(), "bundle");
  ASSERT_EQ(answer.last().built().stages_size(), 1);
  EXPECT_EQ(answer.last().built().stages(0).stage(), "partial");
  EXPECT_THAT(answer.last().built().inputs(), ElementsAre("/src/a.o", "b.o"));
}

TEST_F(ServerTest, AFailedBuildIsTheLastEventOfACallWithStatusOk) {
  engine_.on_build = [](const Request&, Progress& progress,
                        const std::stop_token&) -> Result<Built> {
    progress.on(StageFinished{StageKind::partial, Outcome::ran, std::chrono::microseconds(5), "n"});
    return Error{ErrorKind::tool_failed, "ld: no\xff"};  // a linker's messages need not be UTF-8
  };
  const Answer answer = build(small_request());
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  ASSERT_EQ(answer.events.size(), 2U);
  EXPECT_EQ(answer.events[0].stage_finished().stage(), "partial");
  EXPECT_EQ(answer.last().failed().kind(), v1::FAILURE_KIND_TOOL_FAILED);
  EXPECT_EQ(answer.last().failed().diagnostics(0).message(), "ld: no\xff");
}

TEST_F(ServerTest, ABadRequestNeverReachesTheEngine) {
  v1::BuildRequest request = small_request();
  request.set_directory("not/absolute");
  engine_.on_lookup = [](const Request&, Progress&) {
    ADD_FAILURE() << "the engine was asked";
    return std::optional<Built>();
  };
  const Answer answer = build(request);
  ASSERT_EQ(answer.events.size(), 1U);
  EXPECT_EQ(answer.last().failed().kind(), v1::FAILURE_KIND_BAD_REQUEST);
}

TEST_F(ServerTest, AnExceptionEndsOneBuildAndNotTheDaemon) {
  engine_.on_build = [](const Request&, Progress&, const std::stop_token&) -> Result<Built> {
    throw std::runtime_error("bad luck");
  };
  const Answer answer = build(small_request());
  ASSERT_EQ(answer.events.size(), 1U);
  EXPECT_EQ(answer.last().failed().kind(), v1::FAILURE_KIND_INTERNAL);
  EXPECT_EQ(answer.last().failed().diagnostics(0).message(), "bad luck");
}

std::string many_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 13);
  return bytes;
}

TEST_F(ServerTest, ABundleTooLargeForOneMessageComesInChunks) {
  const std::string bytes = many_bytes((std::size_t{5} << 20) + 1);
  engine_.on_build = [&](const Request&, Progress& progress, const std::stop_token&) {
    progress.on(Warning{{.message = "w"}});
    return built_of(bytes);
  };
  const Answer miss = build(small_request());
  engine_.on_lookup = [&](const Request&, Progress&) { return std::optional(built_of(bytes)); };
  const Answer hit = build(small_request());
  for (const Answer* answer : {&miss, &hit}) {
    ASSERT_TRUE(answer->status.ok()) << answer->status.error_message();
    EXPECT_EQ(answer->chunks(), bytes);
    EXPECT_EQ(answer->last().built().size(), bytes.size());
    EXPECT_EQ(answer->last().built().object(), "");
  }
  EXPECT_EQ(miss.events.front().warning().message(), "w");
}

TEST_F(ServerTest, ABundleOfOneMebibyteIsStillOneMessage) {
  const std::string bytes = many_bytes(std::size_t{1} << 20);
  engine_.on_lookup = [&](const Request&, Progress&) { return std::optional(built_of(bytes)); };
  const Answer answer = build(small_request());
  ASSERT_EQ(answer.events.size(), 1U);
  EXPECT_EQ(answer.last().built().object(), bytes);
}

TEST_F(ServerTest, ARequestOfTwentyThousandObjectsIsTaken) {
  v1::BuildRequest request = small_request();
  for (int i = 1; i < 20'000; ++i) request.add_objects(std::string(400, 'd') + std::to_string(i));
  engine_.on_lookup = [](const Request& asked, Progress&) {
    return std::optional(built_of(std::to_string(asked.objects.size())));
  };
  const Answer answer = build(request);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.last().built().object(), "20000");
}

TEST_F(ServerTest, ACancelledCallStopsTheBuild) {
  TestEvent started, stopped;
  engine_.on_build = [&](const Request&, Progress& progress,
                         const std::stop_token& stop) -> Result<Built> {
    started.set();
    TestEvent never;
    never.wait(stop);
    progress.on(Warning{{.message = "nobody reads this"}});
    stopped.set();
    return Error{ErrorKind::cancelled, "stopped"};
  };
  {
    Client client(server_);
    const auto reader = client.start(small_request());
    started.wait();
    EXPECT_EQ(activity_.builds(), 1U);
    client.context.TryCancel();
    v1::BuildEvent event;
    while (reader->Read(&event)) {
    }
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  stopped.wait();
  server_.drain();
  EXPECT_EQ(activity_.calls(), 0U);
}

TEST_F(ServerTest, AConnectionThatBreaksStopsTheBuild) {
  TestEvent started;
  engine_.on_build = [&](const Request&, Progress&, const std::stop_token& stop) -> Result<Built> {
    started.set();
    TestEvent never;
    never.wait(stop);
    return Error{ErrorKind::cancelled, "stopped"};
  };
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  const Fd wire(::dup(ends[1]));
  server_.serve(Fd(ends[0]));
  const auto channel = grpc::CreateInsecureChannelFromFd("cbundled", ends[1]);
  grpc::ClientContext context;
  const auto reader = v1::BuildService::NewStub(channel)->Build(&context, small_request());
  started.wait();
  ::shutdown(wire.get(), SHUT_RDWR);  // as when a client exits
  server_.drain();                    // returns, since the build does
  EXPECT_EQ(activity_.calls(), 0U);
  reader->Finish();
}

TEST_F(ServerTest, ADrainWaitsForARunningBuild) {
  TestEvent started, go_on;
  engine_.on_build = [&](const Request&, Progress&, const std::stop_token& stop) {
    started.set();
    EXPECT_TRUE(go_on.wait(stop)) << "was cancelled";
    return built_of("bundle");
  };
  engine_.on_lookup = [](const Request& request, Progress&) {
    return request.output == "late" ? std::optional(built_of("late")) : std::nullopt;
  };
  auto answer = std::async(std::launch::async, [&] { return build(small_request()); });
  started.wait();
  auto drained = std::async(std::launch::async, [&] { server_.drain(); });
  v1::BuildRequest late = small_request();
  late.set_output("late");
  while (build(late).status.ok()) {  // until the drain has started
  }
  go_on.set();
  EXPECT_EQ(answer.get().last().built().object(), "bundle");
  drained.get();
}

TEST_F(ServerTest, CutOffCallsEndADrain) {
  TestEvent started;
  engine_.on_build = [&](const Request&, Progress&, const std::stop_token& stop) -> Result<Built> {
    started.set();
    TestEvent never;
    never.wait(stop);
    return Error{ErrorKind::cancelled, "stopped"};
  };
  auto answer = std::async(std::launch::async, [&] { return build(small_request()); });
  started.wait();
  auto drained = std::async(std::launch::async, [&] { server_.drain(); });
  server_.abort_calls();
  drained.get();
  EXPECT_FALSE(answer.get().status.ok());
}

TEST_F(ServerTest, CancelledBuildsAreReportedToTheirCallers) {
  TestEvent started;
  engine_.on_build = [&](const Request&, Progress&, const std::stop_token& stop) -> Result<Built> {
    started.set();
    TestEvent never;
    never.wait(stop);
    return Error{ErrorKind::cancelled, "stopped"};
  };
  auto answer = std::async(std::launch::async, [&] { return build(small_request()); });
  started.wait();
  server_.cancel_builds();
  EXPECT_EQ(answer.get().last().failed().kind(), v1::FAILURE_KIND_CANCELLED);
}

TEST_F(ServerTest, AnotherVersionIsRefusedAndAnIdleDaemonShutsDown) {
  const Answer answer = build(small_request(), "99.0");
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(answer.status.error_message(), HasSubstr(CBUNDLE_VERSION));
  EXPECT_THAT(answer.status.error_message(), HasSubstr("99.0"));
  EXPECT_TRUE(answer.events.empty());
  EXPECT_EQ(engine_.store().counters().value()["daemon.version_mismatch"], 1U);
  EXPECT_EQ(shutdown_.reason(), "a client of version 99.0 connected");
}

TEST_F(ServerTest, AClientWithAnotherSettingIsRefusedAndAnIdleDaemonShutsDown) {
  v1::BuildRequest request = small_request();
  request.add_settings("max_size=" + text_of(configured_.config, "max_size"));
  engine_.on_build = [](const Request&, Progress&, const std::stop_token&) {
    return built_of("bundle");
  };
  EXPECT_TRUE(build(request).status.ok());
  request.add_settings("jobs=7");
  const Answer answer = build(request);
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(answer.status.error_message(), HasSubstr("another setting than jobs=7"));
  EXPECT_EQ(shutdown_.reason(), "a client with jobs=7 connected");
}

TEST_F(ServerTest, AnotherVersionDoesNotStopABusyDaemon) {
  TestEvent started, go_on;
  engine_.on_build = [&](const Request&, Progress&, const std::stop_token& stop) {
    started.set();
    go_on.wait(stop);
    return built_of("bundle");
  };
  auto busy = std::async(std::launch::async, [&] { return build(small_request()); });
  started.wait();
  EXPECT_EQ(build(small_request(), "99.0").status.error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(shutdown_.reason(), "");
  go_on.set();
  EXPECT_TRUE(busy.get().status.ok());
}

TEST_F(ServerTest, ADaemonThatShutsDownStartsNoBuild) {
  shutdown_.request("idle");
  const Answer answer = build(small_request());
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(answer.status.error_message(), "the daemon is shutting down: idle");
}

TEST_F(ServerTest, SixtyFourParallelCallsEachGetTheirOwnResult) {
  engine_.on_build = [](const Request& request, Progress& progress, const std::stop_token&) {
    progress.on(Warning{{.message = "w"}});
    return built_of(request.output.string());
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([this, name = "bundle" + std::to_string(i)] {
      v1::BuildRequest request = small_request();
      request.set_output(name);
      const Answer answer = build(request);
      EXPECT_EQ(answer.events.size(), 2U);
      EXPECT_EQ(answer.last().built().object(), name);
    });
  }
  for (std::thread& thread : threads) thread.join();
  server_.drain();
  EXPECT_EQ(activity_.calls(), 0U);
}

TEST_F(ServerTest, StatusReportsVersionProcessAndSettings) {
  Client client(server_);
  v1::StatusResponse status;
  ASSERT_TRUE(client.admin->Status(&client.context, {}, &status).ok());
  EXPECT_EQ(status.version(), CBUNDLE_VERSION);
  EXPECT_EQ(status.pid(), ::getpid());
  EXPECT_EQ(status.builds_running(), 0U);
  EXPECT_EQ(static_cast<std::size_t>(status.settings_size()),
            std::tuple_size_v<decltype(settings)>);
  for (const v1::SettingValue& setting : status.settings()) {
    if (setting.name() != "max_size") continue;
    EXPECT_EQ(setting.value(), "5G");
    EXPECT_EQ(setting.origin(), "built-in");
  }
}

TEST_F(ServerTest, StatsReportTheStoresSizeAndCounters) {
  engine_.store().count("store.hit", 5);
  Client client(server_);
  v1::StatsResponse stats;
  ASSERT_TRUE(client.admin->Stats(&client.context, {}, &stats).ok());
  EXPECT_EQ(stats.counters().at("store.hit"), 5U);
  EXPECT_EQ(stats.entries(), 1U);
  EXPECT_EQ(stats.blobs(), 2U);
  EXPECT_EQ(stats.bytes(), 3U);
  EXPECT_EQ(stats.max_bytes(), 4U);
}

TEST_F(ServerTest, CountersAreZeroedFromNowOn) {
  engine_.store().count("store.hit", 5);
  v1::ZeroCountersResponse zeroed;
  {
    Client client(server_);
    ASSERT_TRUE(client.admin->ZeroCounters(&client.context, {}, &zeroed).ok());
  }
  Client client(server_);
  v1::StatsResponse stats;
  ASSERT_TRUE(client.admin->Stats(&client.context, {}, &stats).ok());
  EXPECT_FALSE(stats.counters().contains("store.hit"));
  EXPECT_FALSE(stats.counters().contains("stats.since"));
  EXPECT_GT(stats.since(), 0);
}

TEST_F(ServerTest, ClearingTellsWhatItRemoved) {
  Client client(server_);
  v1::ClearResponse response;
  ASSERT_TRUE(client.admin->Clear(&client.context, {}, &response).ok());
  EXPECT_EQ(response.freed(), 99U);
  EXPECT_EQ(response.entries(), 1U);
}

TEST_F(ServerTest, AVerificationEndsWithItsSum) {
  Client client(server_);
  const auto reader = client.admin->Verify(&client.context, {});
  v1::VerifyResponse message;
  while (reader->Read(&message)) {
  }
  ASSERT_TRUE(reader->Finish().ok());
  EXPECT_EQ(message.checked(), 5U);
  EXPECT_EQ(message.total(), 5U);
  EXPECT_EQ(message.dropped(), 2U);
}

TEST_F(ServerTest, AnExplanationHasItsChangesAsDataAndAsText) {
  engine_.on_explain = [](const std::filesystem::path& output) {
    EXPECT_EQ(output, "/src/out.o");
    Explanation explanation;
    explanation.last.ended = 12;
    explanation.last.stages = {
        {StageKind::partial, Outcome::ran, std::chrono::microseconds(5), "why"}};
    explanation.before.emplace().ended = 11;
    explanation.changes = {{.how = Change::How::added, .file = "b.o"}};
    return std::optional(explanation);
  };
  Client client(server_);
  v1::ExplainRequest request;
  request.set_output("/src/out.o");
  v1::ExplainResponse response;
  ASSERT_TRUE(client.admin->Explain(&client.context, request, &response).ok());
  EXPECT_EQ(response.last().ended(), 12);
  EXPECT_EQ(response.last().stages(0).reason(), "why");
  EXPECT_EQ(response.before().ended(), 11);
  ASSERT_EQ(response.changes_size(), 1);
  EXPECT_EQ(response.changes(0).kind(), "object");
  EXPECT_EQ(response.changes(0).how(), "new");
  EXPECT_EQ(response.changes(0).text(), "b.o is new");
}

TEST_F(ServerTest, WhatIsKeptForExplanationsIsKeptAfterTheObjectWasSent) {
  TestEvent kept;
  engine_.on_build = [&](const Request&, Progress&, const std::stop_token&) {
    Built built = built_of("bundle");
    built.keep_contents = [&kept] { kept.set(); };
    return built;
  };
  EXPECT_EQ(build(small_request()).last().built().object(), "bundle");
  kept.wait();
}

TEST_F(ServerTest, StatusHasProblemsAndTheLinkersOnAPath) {
  problems_.report("memory-cache", {.severity = Severity::warning, .message = "no disk"});
  Client client(server_);
  v1::StatusRequest request;
  request.set_search_path("/nowhere");
  v1::StatusResponse status;
  ASSERT_TRUE(client.admin->Status(&client.context, request, &status).ok());
  ASSERT_EQ(status.problems_size(), 1);
  EXPECT_EQ(status.problems(0).name(), "memory-cache");
  EXPECT_EQ(status.problems(0).what().message(), "no disk");
  ASSERT_GT(status.linkers_size(), 0);
  EXPECT_EQ(status.linkers(0).machine(), "i386");
  EXPECT_EQ(status.linkers(0).program(), "");
  EXPECT_NE(status.linkers(0).names(), "");
}

TEST_F(ServerTest, TheErrorOfABrokenStoreIsTheCallsStatus) {
  engine_.store().is_broken = true;
  Client client(server_);
  v1::StatsResponse stats;
  const grpc::Status status = client.admin->Stats(&client.context, {}, &stats);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "the disk is gone");
}

// The last message.
v1::TrimResponse trim(Client& client, const v1::TrimRequest& request) {
  const auto reader = client.admin->Trim(&client.context, request);
  v1::TrimResponse message;
  while (reader->Read(&message)) {
  }
  EXPECT_TRUE(reader->Finish().ok());
  return message;
}

TEST_F(ServerTest, ATrimUsesTheRequestedSizeOrElseTheSettings) {
  v1::TrimRequest request;
  {
    Client client(server_);
    const v1::TrimResponse response = trim(client, request);
    EXPECT_EQ(response.freed(), 77U);
    EXPECT_EQ(response.to_free(), 77U);
    EXPECT_EQ(*engine_.store().trimmed_to.lock(), configured_.config.max_size.bytes);
  }
  request.set_max_bytes(0);
  Client client(server_);
  trim(client, request);
  EXPECT_EQ(*engine_.store().trimmed_to.lock(), 0U);
}

TEST_F(ServerTest, ATrimShowsItsProgressAndEndsWithItsClient) {
  engine_.store().trims_for_ever = true;
  Client client(server_);
  const auto reader = client.admin->Trim(&client.context, {});
  v1::TrimResponse message;
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_EQ(message.freed(), 33U);
  EXPECT_EQ(message.to_free(), 77U);
  client.context.TryCancel();
  engine_.store().trim_stopped.get_future().wait();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ServerTest, ATrimWithoutAnyLimitFreesNothing) {
  configured_.config.max_size = 0;
  Client client(server_);
  trim(client, {});
  EXPECT_EQ(*engine_.store().trimmed_to.lock(), ~std::uint64_t{0});
}

TEST_F(ServerTest, AStopReturnsWhenNoMoreConnectionsAreAccepted) {
  Client client(server_);
  auto stop = std::async(std::launch::async, [&] {
    v1::StopResponse response;
    return client.admin->Stop(&client.context, {}, &response);
  });
  while (shutdown_.reason().empty()) std::this_thread::yield();
  EXPECT_EQ(shutdown_.reason(), "stop requested");
  EXPECT_EQ(stop.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  shutdown_.closed();
  EXPECT_TRUE(stop.get().ok());
}

// By its bytes: the installed headers have no stub for the health service.
TEST_F(ServerTest, TheStandardHealthServiceReportsServing) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  server_.serve(Fd(ends[0]));
  const auto channel = grpc::CreateInsecureChannelFromFd("cbundled", ends[1]);
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  const grpc::Slice no_bytes;
  const grpc::ByteBuffer nothing(&no_bytes, 1);
  grpc::ByteBuffer answer;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &nothing, &answer,
                 [&](grpc::Status status) { done.set_value(std::move(status)); });
  const grpc::Status status = done.get_future().get();
  ASSERT_TRUE(status.ok()) << status.error_message();
  grpc::Slice slice;
  ASSERT_TRUE(answer.DumpToSingleSlice(&slice).ok());
  EXPECT_EQ(std::string(slice.begin(), slice.end()), "\x08\x01");  // status: SERVING
}

}  // namespace
}  // namespace cbundle
