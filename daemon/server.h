// The gRPC server on connections that are handed to it; it opens none itself.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>

#include "daemon/activity.h"
#include "daemon/admin_service.h"
#include "daemon/build_service.h"
#include "daemon/crew.h"
#include "daemon/departure.h"
#include "engine/base/fd.h"
#include "engine/config/config.h"
#include "engine/engine.h"

namespace cbundle {

class Server {
 public:
  // All outlive this.
  Server(Engine& engine, const Configured& configured, Activity& activity, Departure& departure);
  ~Server();

  // Serves a connected, non-blocking stream socket until either end closes it.
  void serve(Fd connection);

  // Takes no new call, waits for those that run, and cancels what runs still after `patience`.
  void drain(std::chrono::seconds patience);

  // Cancels all builds, so that a drain ends soon.
  void cancel_builds() { crew_.stop(); }

 private:
  Crew crew_;
  BuildService build_service_;
  AdminService admin_service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace cbundle
