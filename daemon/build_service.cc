#include "daemon/build_service.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <span>
#include <utility>
#include <vector>

#include "proto/file_view.h"
#include "proto/wire.h"

namespace cbundle {
namespace {

// Keeps the events of a lookup until it is known to be a hit.
class EventList final : public Progress {
 public:
  void on(const Event& event) override { events.push_back(event); }
  std::vector<Event> events;
};

// Sends warnings as they come. Stages are sent with the build's end: each message wakes the client,
// which takes a processor from the linkers.
class EventSender final : public Progress {
 public:
  explicit EventSender(EventStream& stream) : stream_(stream) {}

  void on(const Event& event) override {
    const auto* finished = std::get_if<StageFinished>(&event);
    if (finished == nullptr) return stream_.send(message_of(event));
    stages_.push_back(*finished);
  }
  void finish(const Built& built, bool with_inputs) {
    v1::Built message = message_of(built, with_inputs);
    for (const StageFinished& stage : stages_) *message.add_stages() = message_of(stage);
    stream_.finish(std::move(message), built.object);
  }
  void finish(const Error& error, bool is_of_other_view) {
    for (const StageFinished& stage : stages_) stream_.send(message_of(Event(stage)));
    v1::Failed failed = message_of(error);
    failed.set_other_view(is_of_other_view);
    stream_.finish(std::move(failed));
  }

 private:
  EventStream& stream_;
  std::vector<StageFinished> stages_;
};

// The client's version; empty where it is ours, or not sent.
std::string other_version(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("cbundle-version");
  if (found == metadata.end() || found->second == CBUNDLE_VERSION) return {};
  return {found->second.data(), found->second.size()};
}

// The first of the client's settings that are not the daemon's; empty: none. One that this daemon
// does not know is not its own either.
std::string other_setting(const v1::BuildRequest& message, const Config& config) {
  for (const std::string& setting : message.settings()) {
    const std::size_t equals = std::min(setting.find('='), setting.size());
    const std::string name = setting.substr(0, equals);
    const Layer layer{SettingOrigin::environment,
                      {{name, setting.substr(std::min(equals + 1, setting.size()))}}};
    const auto wanted = configure(std::span(&layer, 1));
    if (!wanted || text_of(wanted.value().config, name) != text_of(config, name)) return setting;
  }
  return {};
}

}  // namespace

grpc::ServerWriteReactor<v1::BuildEvent>* BuildService::Build(grpc::CallbackServerContext* context,
                                                              const v1::BuildRequest* message) {
  if (const grpc::Status refusal = refusal_of(*context, *message); !refusal.ok()) {
    const auto refused = EventStream::open(activity_.begin(Activity::Kind::other));
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
    const Result<void> started = tasks_.start(stream->stop(), std::move(work));
    if (!started) stream->finish(message_of(started.error()));
  }
  return stream.get();
}

bool BuildService::lookup(const Request& request, bool with_inputs, EventStream& stream) {
  EventList progress;
  std::optional<Built> built;
  try {
    built = engine_.lookup(request, progress);
  } catch (const std::exception&) {  // such as bad_alloc: build() reports it, if it happens again
  }
  if (!built) return false;
  EventSender sender(stream);
  for (const Event& event : progress.events) sender.on(event);
  sender.finish(*built, with_inputs);
  return true;
}

void BuildService::build(const Request& request, bool with_inputs, EventStream& stream) {
  try {
    EventSender sender(stream);
    const Result<Built> built = engine_.build(request, sender, stream.stop().get_token());
    if (!built) return sender.finish(built.error(), request.wants_everything_used);
    sender.finish(built.value(), with_inputs);  // before the intermediates are freed
    if (built.value().keep_contents) built.value().keep_contents();
  } catch (const std::exception& error) {  // such as bad_alloc: ends one build, not the daemon
    spdlog::error("exception in the build of {}: {}", request.output.string(), error.what());
    stream.finish(message_of(Error{ErrorKind::internal, error.what()}));
  }
}

// Only an idle daemon can be replaced by one that suits the client, which waits for its end by the
// status.
grpc::Status BuildService::refuse(const std::string& reason, const std::string& message) {
  spdlog::info("refused {}", reason);
  if (activity_.builds() == 0) shutdown_.request(reason + " connected");
  const bool is_leaving = !shutdown_.reason().empty();
  return {is_leaving ? grpc::StatusCode::UNAVAILABLE : grpc::StatusCode::FAILED_PRECONDITION,
          message};
}

// A daemon that shuts down would cancel a new build, so the client is sent elsewhere.
grpc::Status BuildService::refusal_of(const grpc::CallbackServerContext& context,
                                      const v1::BuildRequest& message) {
  const std::string client = other_version(context);
  if (!client.empty()) {
    engine_.store().count("daemon.version_mismatch");
    return refuse("a client of version " + client,
                  "this daemon is cbundled " CBUNDLE_VERSION ", the client is cbundle " + client +
                      "; run 'cbundle stop' to have a daemon of the client's version started");
  }
  if (!shutdown_.reason().empty()) {
    return {grpc::StatusCode::UNAVAILABLE, "the daemon is shutting down: " + shutdown_.reason()};
  }
  if (program_ != nullptr && activity_.builds() == 0 && program_->is_replaced()) {
    return refuse("a client after an upgrade", "the program of this daemon was replaced");
  }
  if (message.has_view() && reads_more(process_file_view(), message.view())) {
    return {grpc::StatusCode::PERMISSION_DENIED,
            "it may read files that this process may not, by its groups or capabilities; log in "
            "again, or run 'cbundle stop' to have a daemon with this process's groups started"};
  }
  const std::string setting = other_setting(message, config_);
  if (setting.empty()) return grpc::Status::OK;
  return refuse("a client with " + setting,
                "this daemon has another setting than " + setting +
                    "; run 'cbundle stop' to have one with that setting started");
}

}  // namespace cbundle
