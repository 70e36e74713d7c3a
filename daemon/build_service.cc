// How a build call is answered.
#include "daemon/build_service.h"

#include <spdlog/spdlog.h>

#include <exception>
#include <utility>
#include <vector>

#include "proto/wire.h"

namespace cbundle {
namespace {

// A hit's events, kept until it is known to be one.
class Collected final : public Progress {
 public:
  void on(const Event& event) override { events.push_back(event); }
  std::vector<Event> events;
};

// A miss's events: words are sent as they come, what stages did goes with the end, for each message
// wakes the client, which takes a processor from the linkers.
class Streamed final : public Progress {
 public:
  explicit Streamed(EventStream& stream) : stream_(stream) {}

  void on(const Event& event) override {
    const auto* finished = std::get_if<StageFinished>(&event);
    if (finished == nullptr) return stream_.send(message_of(event));
    stages_.push_back(*finished);
  }
  const std::vector<StageFinished>& stages() const { return stages_; }

 private:
  EventStream& stream_;
  std::vector<StageFinished> stages_;
};

// The client's version, where it says one and it is not ours.
std::string other_version(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("cbundle-version");
  if (found == metadata.end() || found->second == CBUNDLE_VERSION) return {};
  return {found->second.data(), found->second.size()};
}

}  // namespace

grpc::ServerWriteReactor<v1::BuildEvent>* BuildService::Build(grpc::CallbackServerContext* context,
                                                              const v1::BuildRequest* message) {
  if (const grpc::Status refusal = refusal_of(*context); !refusal.ok()) {
    const auto refused = EventStream::open(activity_.begin(Activity::Kind::question));
    refused->refuse(refusal);
    return refused.get();
  }
  const auto stream = EventStream::open(activity_.begin(Activity::Kind::build));
  Result<Request> request = request_of(*message);
  const bool with_inputs = message->want_inputs();
  if (!request) {
    stream->finish(message_of(request.error()));
  } else if (!lookup(request.value(), with_inputs, *stream)) {
    auto work = [this, stream, with_inputs, request = std::move(request).value()] {
      build(request, with_inputs, *stream);
    };
    const Result<void> started = crew_.start(stream->stop(), std::move(work));
    if (!started) stream->finish(message_of(started.error()));
  }
  return stream.get();
}

bool BuildService::lookup(const Request& request, bool with_inputs, EventStream& stream) {
  Collected progress;
  const std::optional<Built> built = engine_.lookup(request, progress);
  if (!built) return false;
  v1::Built message = message_of(*built, with_inputs);
  for (const Event& event : progress.events) {
    if (const auto* finished = std::get_if<StageFinished>(&event)) {
      *message.add_stages() = message_of(*finished);
    } else {
      stream.send(message_of(event));
    }
  }
  stream.finish(std::move(message), built->object);
  return true;
}

void BuildService::build(const Request& request, bool with_inputs, EventStream& stream) {
  try {
    Streamed progress(stream);
    const Result<Built> built = engine_.build(request, progress, stream.stop().get_token());
    if (built) {
      v1::Built message = message_of(built.value(), with_inputs);
      for (const auto& stage : progress.stages()) *message.add_stages() = message_of(stage);
      stream.finish(std::move(message), built.value().object);  // the intermediates go after that
    } else {
      for (const auto& stage : progress.stages()) stream.send(message_of(Event(stage)));
      stream.finish(message_of(built.error()));
    }
  } catch (const std::exception& fault) {  // out of memory, say: one build's end, not the daemon's
    spdlog::error("a build of {} ended by an exception: {}", request.output.string(), fault.what());
    stream.finish(message_of(Error{ErrorKind::internal, fault.what()}));
  }
}

// A daemon that leaves would cancel what begins now; the client does better elsewhere.
grpc::Status BuildService::refusal_of(const grpc::CallbackServerContext& context) {
  const std::string client = other_version(context);
  if (client.empty()) {
    if (departure_.reason().empty()) return grpc::Status::OK;
    return {grpc::StatusCode::UNAVAILABLE, "this daemon is leaving: " + departure_.reason()};
  }
  engine_.store().count("daemon.version_mismatch");
  spdlog::info("refused a client of version {}; this is {}", client, CBUNDLE_VERSION);
  if (activity_.builds() == 0) departure_.request("a client of version " + client + " came");
  return {grpc::StatusCode::FAILED_PRECONDITION,
          "this daemon is cbundled " CBUNDLE_VERSION ", the client is cbundle " + client +
              "; `cbundle stop` lets a daemon of its own version take over"};
}

}  // namespace cbundle
