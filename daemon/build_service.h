// The service that builds bundles: parses, asks the engine, translates.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cbundle/v1/build.grpc.pb.h"
#include "daemon/activity.h"
#include "daemon/crew.h"
#include "daemon/departure.h"
#include "daemon/event_stream.h"
#include "engine/engine.h"

namespace cbundle {

class BuildService final : public v1::BuildService::CallbackService {
 public:
  BuildService(Engine& engine, Activity& activity, Crew& crew, Departure& departure)
      : engine_(engine), activity_(activity), crew_(crew), departure_(departure) {}

  // A result that is cached is answered here and now, in one message; anything else is built
  // on a thread of its own.
  grpc::ServerWriteReactor<v1::BuildEvent>* Build(grpc::CallbackServerContext* context,
                                                  const v1::BuildRequest* message) override;

 private:
  bool lookup(const Request& request, bool with_inputs, EventStream& stream);
  void build(const Request& request, bool with_inputs, EventStream& stream);
  grpc::Status refusal_of(const grpc::CallbackServerContext& context);

  Engine& engine_;
  Activity& activity_;
  Crew& crew_;
  Departure& departure_;
};

}  // namespace cbundle
