#include "daemon/admin_service.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <limits>
#include <memory>
#include <utility>

#include "daemon/explanation_message.h"
#include "daemon/found_linkers.h"
#include "daemon/progress_stream.h"
#include "proto/errors.h"

namespace cbundle {
namespace {

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

// Without a limit in the request or in the settings, nothing is trimmed.
std::uint64_t limit_of(const v1::TrimRequest& request, const Config& config) {
  if (request.has_max_bytes()) return request.max_bytes();
  return config.max_size > 0 ? config.max_size.bytes : no_limit;
}

v1::Problem message_of(const Problem& problem) {
  v1::Problem message;
  message.set_name(problem.name);
  *message.mutable_what() = message_of(problem.what);
  message.set_since(std::chrono::system_clock::to_time_t(problem.since));
  return message;
}

v1::TrimResponse message_of(const Trimmed& trimmed) {
  v1::TrimResponse message;
  message.set_freed(trimmed.freed);
  message.set_to_free(trimmed.to_free);
  return message;
}

v1::VerifyResponse message_of(const Verified& verified) {
  v1::VerifyResponse message;
  message.set_checked(verified.checked);
  message.set_total(verified.total);
  message.set_dropped(verified.dropped);
  return message;
}

grpc::Status status_of(const Result<void>& result) {
  if (result) return grpc::Status::OK;
  return {grpc::StatusCode::UNAVAILABLE, result.error().text()};
}

}  // namespace

grpc::ServerUnaryReactor* AdminService::Status(grpc::CallbackServerContext* context,
                                               const v1::StatusRequest* request,
                                               v1::StatusResponse* response) {
  response->set_version(CBUNDLE_VERSION);
  response->set_pid(::getpid());
  response->set_started(started_);
  response->set_builds_running(activity_.builds());
  for (const auto& [name, origin] : configured_.origins) {
    v1::SettingValue& setting = *response->add_settings();
    setting.set_name(name);
    setting.set_value(text_of(configured_.config, name));
    setting.set_origin(std::string(name_of(origin)));
  }
  for (const Problem& problem : problems_.list()) *response->add_problems() = message_of(problem);
  if (!request->search_path().empty()) {
    for (v1::FoundLinker& linker : found_linkers(request->search_path())) {
      *response->add_linkers() = std::move(linker);
    }
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* AdminService::Stats(grpc::CallbackServerContext* context,
                                              const v1::StatsRequest*,
                                              v1::StatsResponse* response) {
  return respond_from_thread(context, [this, response]() -> Result<void> {
    const StoreSize size = TRY(engine_.store().size());
    response->set_entries(size.entries);
    response->set_blobs(size.blobs);
    response->set_bytes(size.bytes);
    response->set_max_bytes(size.max_bytes);
    for (const auto& [name, count] : TRY(engine_.store().counters())) {
      if (name == "stats.since") {
        response->set_since(static_cast<std::int64_t>(count));
        continue;
      }
      (*response->mutable_counters())[name] = count;
    }
    return {};
  });
}

template <class Response, class Work>
grpc::ServerWriteReactor<Response>* AdminService::stream_from_thread(Work work) {
  const auto stream = ProgressStream<Response>::open(activity_.begin(Activity::Kind::other));
  const Result<void> started = tasks_.start(stream->stop(), [stream, work = std::move(work)] {
    Result<Response> done = work(*stream);
    done ? stream->finish(std::move(done).value()) : stream->refuse(status_of(done.error()));
  });
  if (!started) stream->refuse(status_of(started));
  return stream.get();
}

grpc::ServerWriteReactor<v1::TrimResponse>* AdminService::Trim(grpc::CallbackServerContext*,
                                                               const v1::TrimRequest* request) {
  const std::uint64_t limit = limit_of(*request, configured_.config);
  return stream_from_thread<v1::TrimResponse>(
      [this, limit](auto& stream) -> Result<v1::TrimResponse> {
        const auto on_progress = [&](const Trimmed& trimmed) {
          stream.send(message_of(trimmed));
          return !stream.stop().stop_requested();
        };
        const std::uint64_t freed = TRY(engine_.store().trim(limit, on_progress));
        spdlog::info("trimmed the cache to {} bytes: {} bytes freed", limit, freed);
        return message_of(Trimmed{freed, freed});
      });
}

grpc::ServerUnaryReactor* AdminService::Clear(grpc::CallbackServerContext* context,
                                              const v1::ClearRequest*,
                                              v1::ClearResponse* response) {
  return respond_from_thread(context, [this, response]() -> Result<void> {
    const StoreSize size = TRY(engine_.store().size());
    response->set_freed(TRY(engine_.store().clear()));
    response->set_entries(size.entries);
    spdlog::info("cleared the cache: {} bytes freed", response->freed());
    return {};
  });
}

grpc::ServerWriteReactor<v1::VerifyResponse>* AdminService::Verify(grpc::CallbackServerContext*,
                                                                   const v1::VerifyRequest*) {
  return stream_from_thread<v1::VerifyResponse>([this](auto& stream) -> Result<v1::VerifyResponse> {
    const auto on_progress = [&](const Verified& verified) {
      stream.send(message_of(verified));
      return !stream.stop().stop_requested();
    };
    const Verified verified = TRY(engine_.store().verify(on_progress));
    spdlog::info("verified {} rows of the cache: {} dropped", verified.checked, verified.dropped);
    return message_of(verified);
  });
}

grpc::ServerUnaryReactor* AdminService::ZeroCounters(grpc::CallbackServerContext* context,
                                                     const v1::ZeroCountersRequest*,
                                                     v1::ZeroCountersResponse*) {
  engine_.store().zero_counters();
  engine_.store().count("stats.since", static_cast<std::uint64_t>(std::time(nullptr)));
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* AdminService::Explain(grpc::CallbackServerContext* context,
                                                const v1::ExplainRequest* request,
                                                v1::ExplainResponse* response) {
  return respond_from_thread(context,
                             [this, output = request->output(), response]() -> Result<void> {
                               if (const auto explanation = engine_.explain(output))
                                 *response = message_of(*explanation);
                               return {};
                             });
}

grpc::ServerUnaryReactor* AdminService::Stop(grpc::CallbackServerContext* context,
                                             const v1::StopRequest*, v1::StopResponse*) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  shutdown_.request("stop requested", [reactor] { reactor->Finish(grpc::Status::OK); });
  return reactor;
}

grpc::ServerUnaryReactor* AdminService::respond_from_thread(grpc::CallbackServerContext* context,
                                                            std::function<Result<void>()> respond) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto call = std::make_shared<Activity::Call>(activity_.begin(Activity::Kind::other));
  const Result<void> started = tasks_.start(
      std::stop_source(),
      [reactor, call, respond = std::move(respond)] { reactor->Finish(status_of(respond())); });
  if (!started) reactor->Finish(status_of(started));
  return reactor;
}

}  // namespace cbundle
