// The stream of one build's events to its client.
//
// Events are queued and written one at a time. A bundle of more than 1 MiB is sent in chunks, each
// copied only when it is written, so that the bundle is in memory once.
#pragma once

#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <stop_token>

#include "cbundle/v1/build.pb.h"
#include "daemon/activity.h"
#include "engine/base/bytes.h"
#include "engine/base/guarded.h"

namespace cbundle {

class EventStream final : public grpc::ServerWriteReactor<v1::BuildEvent> {
 public:
  // Lives until gRPC has called OnDone() and no other owner is left.
  static std::shared_ptr<EventStream> open(Activity::Call call);

  // From any thread. finish() or refuse() is the last call.
  void send(v1::BuildEvent event);
  void finish(v1::Built built, Blob object);
  void finish(v1::Failed failed);
  void refuse(const grpc::Status& status);

  // Stop is requested when the client cancels or disconnects.
  std::stop_source stop() const { return stop_; }

 private:
  explicit EventStream(Activity::Call call) : call_(std::move(call)) {}

  void OnWriteDone(bool ok) override;
  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { self_.reset(); }

  struct State {
    std::deque<v1::BuildEvent> events;
    Blob object;           // to be sent in chunks, before the last event
    std::size_t sent = 0;  // bytes of `object`
    v1::BuildEvent last;
    bool has_last = false;
    bool writing = false;  // a write is in progress, or the call is finished
    bool broken = false;   // a write has failed
  };
  enum class Step { wait, write, write_last, cancel };

  void end(v1::BuildEvent last, Blob object);
  void write_next();
  static Step next(State& state, v1::BuildEvent& event);

  Activity::Call call_;
  std::stop_source stop_;
  v1::BuildEvent current_;  // read by gRPC while a write is in progress
  Guarded<State> state_;
  std::shared_ptr<EventStream> self_;
};

}  // namespace cbundle
