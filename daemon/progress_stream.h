// The stream of a long administrative call to its client: progress, and the outcome as the last
// message.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include "daemon/activity.h"
#include "engine/base/guarded.h"

namespace cbundle {

// One message is written at a time; of progress that comes meanwhile only the newest is sent.
template <class Response>
class ProgressStream final : public grpc::ServerWriteReactor<Response> {
 public:
  // Lives until gRPC has called OnDone() and no other owner is left.
  static std::shared_ptr<ProgressStream> open(Activity::Call call) {
    std::shared_ptr<ProgressStream> stream(new ProgressStream(std::move(call)));
    stream->self_ = stream;
    return stream;
  }

  // Requested when the client is gone.
  const std::stop_source& stop() const { return stop_; }

  void send(Response progress) {
    state_.lock()->next = std::move(progress);
    proceed();
  }

  // finish() or refuse() is the last call.
  void finish(Response last) {
    {
      const auto state = state_.lock();
      state->next = std::move(last);
      state->end = grpc::Status::OK;
    }
    proceed();
  }

  void refuse(const grpc::Status& status) {
    {
      const auto state = state_.lock();
      state->next.reset();
      state->end = status;
    }
    proceed();
  }

 private:
  struct State {
    std::optional<Response> next;
    std::optional<grpc::Status> end;  // after `next`
    bool writing = false;
  };

  explicit ProgressStream(Activity::Call call) : call_(std::move(call)) {}

  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { self_.reset(); }
  void OnWriteDone(bool ok) override {
    {
      const auto state = state_.lock();
      state->writing = false;
      if (!ok) state->next.reset();
    }
    proceed();
  }

  // `writing` admits one thread at a time, so no lock is held during a write.
  void proceed() {
    std::optional<grpc::Status> end;
    {
      const auto state = state_.lock();
      if (state->writing || (!state->next && !state->end)) return;
      state->writing = true;
      if (state->next) {
        current_ = *std::exchange(state->next, std::nullopt);
      } else {
        end = state->end;
      }
    }
    end ? this->Finish(*end) : this->StartWrite(&current_);
  }

  Activity::Call call_;
  std::stop_source stop_;
  Response current_;  // read by gRPC while a write is in progress
  Guarded<State> state_;
  std::shared_ptr<ProgressStream> self_;
};

}  // namespace cbundle
