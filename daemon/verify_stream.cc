#include "daemon/verify_stream.h"

#include <utility>

namespace cbundle {

std::shared_ptr<VerifyStream> VerifyStream::open(Activity::Call call) {
  std::shared_ptr<VerifyStream> stream(new VerifyStream(std::move(call)));
  stream->self_ = stream;
  return stream;
}

void VerifyStream::send(v1::VerifyResponse progress) {
  state_.lock()->next = std::move(progress);
  proceed();
}

void VerifyStream::finish(v1::VerifyResponse last) {
  {
    const auto state = state_.lock();
    state->next = std::move(last);
    state->end = grpc::Status::OK;
  }
  proceed();
}

void VerifyStream::refuse(const grpc::Status& status) {
  {
    const auto state = state_.lock();
    state->next.reset();
    state->end = status;
  }
  proceed();
}

// A client that is gone is told nothing more, but the check goes on.
void VerifyStream::OnWriteDone(bool ok) {
  {
    const auto state = state_.lock();
    state->writing = false;
    if (!ok) state->next.reset();
  }
  proceed();
}

// `writing` admits one thread at a time, so no lock is held during a write.
void VerifyStream::proceed() {
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
  end ? Finish(*end) : StartWrite(&current_);
}

}  // namespace cbundle
