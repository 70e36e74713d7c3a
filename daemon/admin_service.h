// The service that looks after the running daemon.
#pragma once

#include <ctime>
#include <functional>

#include "cbundle/v1/admin.grpc.pb.h"
#include "daemon/activity.h"
#include "daemon/crew.h"
#include "daemon/departure.h"
#include "engine/config/config.h"
#include "engine/engine.h"

namespace cbundle {

class AdminService final : public v1::AdminService::CallbackService {
 public:
  AdminService(Engine& engine, const Configured& configured, Activity& activity, Crew& crew,
               Departure& departure)
      : engine_(engine),
        configured_(configured),
        activity_(activity),
        crew_(crew),
        departure_(departure) {}

  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext* context,
                                   const v1::StatusRequest* request,
                                   v1::StatusResponse* response) override;
  grpc::ServerUnaryReactor* Stats(grpc::CallbackServerContext* context,
                                  const v1::StatsRequest* request,
                                  v1::StatsResponse* response) override;
  grpc::ServerUnaryReactor* Trim(grpc::CallbackServerContext* context,
                                 const v1::TrimRequest* request,
                                 v1::TrimResponse* response) override;
  grpc::ServerUnaryReactor* Stop(grpc::CallbackServerContext* context,
                                 const v1::StopRequest* request,
                                 v1::StopResponse* response) override;

 private:
  // Answers on a thread of its own: the store may take its time.
  grpc::ServerUnaryReactor* answer_later(grpc::CallbackServerContext* context,
                                         std::function<Result<void>()> answer);

  Engine& engine_;
  const Configured& configured_;
  Activity& activity_;
  Crew& crew_;
  Departure& departure_;
  const std::time_t started_ = std::time(nullptr);
};

}  // namespace cbundle
