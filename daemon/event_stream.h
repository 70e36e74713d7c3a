// One build's events on their way to the client who asked.
//
// Events are queued, and one is under way at a time. A bundle beyond 1 MiB goes in pieces that are
// cut as they are sent, so that it is in memory once.
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
  // Lives until gRPC is done with it and no one else holds it.
  static std::shared_ptr<EventStream> open(Activity::Call call);

  // All of these from any thread; after one of the last three nothing may follow.
  void send(v1::BuildEvent event);
  void finish(v1::Built built, Blob object);
  void finish(v1::Failed failed);
  void refuse(const grpc::Status& status);

  // Asked to stop when the client leaves.
  std::stop_source stop() const { return stop_; }

 private:
  explicit EventStream(Activity::Call call) : call_(std::move(call)) {}

  void OnWriteDone(bool ok) override;
  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { self_.reset(); }

  struct State {
    std::deque<v1::BuildEvent> events;
    Blob object;           // what goes in pieces, before the last event
    std::size_t sent = 0;  // of it
    v1::BuildEvent last;
    bool has_last = false;
    bool writing = false;  // a write is under way, or the end is
    bool broken = false;   // nobody reads
  };
  enum class Step { wait, write, write_last, give_up };

  void end(v1::BuildEvent last, Blob object);
  void go_on();
  static Step next(State& state, v1::BuildEvent& event);

  Activity::Call call_;
  std::stop_source stop_;
  v1::BuildEvent current_;  // the write's own, while one is under way
  Guarded<State> state_;
  std::shared_ptr<EventStream> self_;
};

}  // namespace cbundle
