// The service that reports on the running daemon, trims its cache, and stops it.
#pragma once

#include <ctime>
#include <functional>

#include "cbundle/v1/admin.grpc.pb.h"
#include "daemon/activity.h"
#include "daemon/shutdown_request.h"
#include "daemon/task_group.h"
#include "engine/base/problems.h"
#include "engine/config/config.h"
#include "engine/engine.h"

namespace cbundle {

class AdminService final : public v1::AdminService::CallbackService {
 public:
  AdminService(Engine& engine, Problems& problems, const Configured& configured, Activity& activity,
               TaskGroup& tasks, ShutdownRequest& shutdown)
      : engine_(engine),
        problems_(problems),
        configured_(configured),
        activity_(activity),
        tasks_(tasks),
        shutdown_(shutdown) {}

  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext* context,
                                   const v1::StatusRequest* request,
                                   v1::StatusResponse* response) override;
  grpc::ServerUnaryReactor* Stats(grpc::CallbackServerContext* context,
                                  const v1::StatsRequest* request,
                                  v1::StatsResponse* response) override;
  grpc::ServerWriteReactor<v1::TrimResponse>* Trim(grpc::CallbackServerContext* context,
                                                   const v1::TrimRequest* request) override;
  grpc::ServerUnaryReactor* Clear(grpc::CallbackServerContext* context,
                                  const v1::ClearRequest* request,
                                  v1::ClearResponse* response) override;
  grpc::ServerWriteReactor<v1::VerifyResponse>* Verify(grpc::CallbackServerContext* context,
                                                       const v1::VerifyRequest* request) override;
  grpc::ServerUnaryReactor* ZeroCounters(grpc::CallbackServerContext* context,
                                         const v1::ZeroCountersRequest* request,
                                         v1::ZeroCountersResponse* response) override;
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context,
                                    const v1::ExplainRequest* request,
                                    v1::ExplainResponse* response) override;
  grpc::ServerUnaryReactor* Stop(grpc::CallbackServerContext* context,
                                 const v1::StopRequest* request,
                                 v1::StopResponse* response) override;

 private:
  // Responds from a new thread, since the store may block.
  grpc::ServerUnaryReactor* respond_from_thread(grpc::CallbackServerContext* context,
                                                std::function<Result<void>()> respond);

  // As above, with progress: `work` gets the stream, and returns the last message.
  template <class Response, class Work>
  grpc::ServerWriteReactor<Response>* stream_from_thread(Work work);

  Engine& engine_;
  Problems& problems_;
  const Configured& configured_;
  Activity& activity_;
  TaskGroup& tasks_;
  ShutdownRequest& shutdown_;
  const std::time_t started_ = std::time(nullptr);
};

}  // namespace cbundle
