#include "daemon/event_stream.h"

#include <algorithm>
#include <utility>

namespace cbundle {
namespace {

constexpr std::size_t max_in_one_message = std::size_t{1} << 20;  // bytes
constexpr std::size_t chunk_size = std::size_t{256} << 10;

}  // namespace

std::shared_ptr<EventStream> EventStream::open(Activity::Call call) {
  std::shared_ptr<EventStream> stream(new EventStream(std::move(call)));
  stream->self_ = stream;
  return stream;
}

void EventStream::send(v1::BuildEvent event) {
  state_.lock()->events.push_back(std::move(event));
  write_next();
}

void EventStream::finish(v1::Built built, Blob object) {
  v1::BuildEvent last;
  if (object.size() <= max_in_one_message) {
    built.set_object(std::string(object.text()));
    object = Blob();
  }
  *last.mutable_built() = std::move(built);
  end(std::move(last), std::move(object));
}

void EventStream::finish(v1::Failed failed) {
  v1::BuildEvent last;
  *last.mutable_failed() = std::move(failed);
  end(std::move(last), Blob());
}

void EventStream::refuse(const grpc::Status& status) {
  state_.lock()->writing = true;
  Finish(status);
}

void EventStream::end(v1::BuildEvent last, Blob object) {
  {
    auto state = state_.lock();
    state->last = std::move(last);
    state->object = std::move(object);
    state->has_last = true;
  }
  write_next();
}

void EventStream::OnWriteDone(bool ok) {
  {
    auto state = state_.lock();
    state->writing = false;
    if (!ok) state->broken = true;
  }
  write_next();
}

// `writing` admits one thread at a time, so no lock is held during a write. A buffer hint on the
// first write would hang it (gRPC 1.51).
void EventStream::write_next() {
  Step step = Step::wait;
  {
    const auto state = state_.lock();
    if (!state->writing) step = next(*state, current_);
    if (step != Step::wait) state->writing = true;
  }
  switch (step) {
    case Step::wait: break;
    case Step::write: StartWrite(&current_); break;
    case Step::write_last:
      StartWriteAndFinish(&current_, grpc::WriteOptions(), grpc::Status::OK);
      break;
    case Step::cancel: Finish(grpc::Status::CANCELLED); break;
  }
}

// Events first, then the bundle's chunks, then the last event.
EventStream::Step EventStream::next(State& state, v1::BuildEvent& event) {
  if (state.broken) return state.has_last ? Step::cancel : Step::wait;
  if (!state.events.empty()) {
    event = std::move(state.events.front());
    state.events.pop_front();
    return Step::write;
  }
  if (!state.has_last) return Step::wait;
  const std::string_view rest = state.object.text().substr(state.sent);
  if (!rest.empty()) {
    event.set_chunk(std::string(rest.substr(0, chunk_size)));
    state.sent += std::min(rest.size(), chunk_size);
    return Step::write;
  }
  event = std::move(state.last);
  return Step::write_last;
}

}  // namespace cbundle
