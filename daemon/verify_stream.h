// The stream of a check of the cache to its client.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>

#include "cbundle/v1/admin.pb.h"
#include "daemon/activity.h"
#include "engine/base/guarded.h"

namespace cbundle {

// One message is written at a time; of progress that comes meanwhile only the newest is sent.
class VerifyStream final : public grpc::ServerWriteReactor<v1::VerifyResponse> {
 public:
  // Lives until gRPC has called OnDone() and no other owner is left.
  static std::shared_ptr<VerifyStream> open(Activity::Call call);

  // finish() or refuse() is the last call.
  void send(v1::VerifyResponse progress);
  void finish(v1::VerifyResponse last);
  void refuse(const grpc::Status& status);

 private:
  explicit VerifyStream(Activity::Call call) : call_(std::move(call)) {}

  void OnWriteDone(bool ok) override;
  void OnDone() override { self_.reset(); }

  struct State {
    std::optional<v1::VerifyResponse> next;
    std::optional<grpc::Status> end;  // after `next`
    bool writing = false;
  };
  void proceed();

  Activity::Call call_;
  v1::VerifyResponse current_;  // read by gRPC while a write is in progress
  Guarded<State> state_;
  std::shared_ptr<VerifyStream> self_;
};

}  // namespace cbundle
