// The gRPC server; connections are passed to it, it does not listen.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "daemon/activity.h"
#include "daemon/admin_service.h"
#include "daemon/build_service.h"
#include "daemon/program_file.h"
#include "daemon/shutdown_request.h"
#include "daemon/task_group.h"
#include "engine/base/fd.h"
#include "engine/config/config.h"
#include "engine/engine.h"

namespace cbundle {

// Debian's abseil looks for lock cycles at each lock, and channelz is not used.
void reduce_overhead(grpc::ServerBuilder& builder);

class Server {
 public:
  // All outlive this. `program`: null where it does not matter that it is replaced.
  Server(Engine& engine, Problems& problems, const Configured& configured, Activity& activity,
         ShutdownRequest& shutdown, const ProgramFile* program = nullptr);
  ~Server();

  // Serves a connected, non-blocking stream socket until either end closes it.
  void serve(Fd connection);

  // Accepts no new call, and returns when those that run have ended.
  void drain();

  // To end a drain soon: cancels all builds, which is then their result; or cuts off all calls.
  void cancel_builds() { tasks_.stop(); }
  void abort_calls();

 private:
  TaskGroup tasks_;
  BuildService build_service_;
  AdminService admin_service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace cbundle
