// Starting, stopping and joining threads.
#include "daemon/crew.h"

#include <system_error>
#include <utility>

namespace cbundle {

Result<void> Crew::start(std::stop_source stop, std::function<void()> work) {
  Members finished;
  {
    auto members = members_.lock();
    for (auto member = members->begin(); member != members->end();) {
      const auto next = std::next(member);
      if (member->finished) finished.splice(finished.end(), *members, member);
      member = next;
    }
    members->push_back({std::move(stop), {}, false});
    const auto self = std::prev(members->end());
    try {
      self->thread = std::thread([this, self, work = std::move(work)]() mutable {
        std::exchange(work, {})();  // what it holds goes before we say that we are done
        finish(self);
      });
    } catch (const std::system_error& error) {
      members->erase(self);
      return Error{ErrorKind::unavailable, std::string("cannot start a thread: ") + error.what()};
    }
  }
  join(std::move(finished));
  return {};
}

void Crew::stop() {
  std::list<std::stop_source> sources;
  {
    const auto members = members_.lock();
    for (const Member& member : *members) sources.push_back(member.stop);
  }
  for (std::stop_source& source : sources) source.request_stop();
}

void Crew::join() {
  for (;;) {
    Members one;
    {
      auto members = members_.lock();
      if (members->empty()) return;
      one.splice(one.end(), *members, members->begin());
    }
    join(std::move(one));
  }
}

void Crew::join(Members members) {
  for (Member& member : members) member.thread.join();
}

void Crew::finish(Members::iterator member) {
  const auto members = members_.lock();
  member->finished = true;
}

}  // namespace cbundle
