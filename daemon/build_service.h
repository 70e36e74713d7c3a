// The service that builds bundles: translates between the protocol and the engine.
#pragma once

#include "cbundle/v1/build.grpc.pb.h"
#include "daemon/activity.h"
#include "daemon/event_stream.h"
#include "daemon/program_file.h"
#include "daemon/shutdown_request.h"
#include "daemon/task_group.h"
#include "engine/engine.h"

namespace cbundle {

class BuildService final : public v1::BuildService::CallbackService {
 public:
  BuildService(Engine& engine, const Config& config, Activity& activity, TaskGroup& tasks,
               ShutdownRequest& shutdown, const ProgramFile* program)
      : engine_(engine),
        config_(config),
        activity_(activity),
        tasks_(tasks),
        shutdown_(shutdown),
        program_(program) {}

  // Sends a cached result at once, in one message; anything else is built on a new thread.
  grpc::ServerWriteReactor<v1::BuildEvent>* Build(grpc::CallbackServerContext* context,
                                                  const v1::BuildRequest* message) override;

 private:
  bool lookup(const Request& request, bool with_inputs, EventStream& stream);
  void build(const Request& request, bool with_inputs, EventStream& stream);
  grpc::Status refusal_of(const grpc::CallbackServerContext& context,
                          const v1::BuildRequest& message);

  grpc::Status refuse(const std::string& reason, const std::string& message);

  Engine& engine_;
  const Config& config_;
  Activity& activity_;
  TaskGroup& tasks_;
  ShutdownRequest& shutdown_;
  const ProgramFile* program_;
};

}  // namespace cbundle
