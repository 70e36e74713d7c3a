#include "daemon/task_group.h"

#include <system_error>
#include <utility>

namespace cbundle {

Result<void> TaskGroup::start(std::stop_source stop, std::function<void()> work) {
  Tasks finished;
  {
    auto tasks = tasks_.lock();
    for (auto task = tasks->begin(); task != tasks->end();) {
      const auto next = std::next(task);
      if (task->finished) finished.splice(finished.end(), *tasks, task);
      task = next;
    }
    const auto self = tasks->insert(tasks->end(), {std::move(stop), {}, false});
    try {
      self->thread = std::thread([this, self, work = std::move(work)]() mutable {
        std::exchange(work, {})();  // what it holds is destroyed before the task counts as finished
        const auto lock = tasks_.lock();
        self->finished = true;
      });
    } catch (const std::system_error& error) {
      tasks->erase(self);
      return Error{ErrorKind::unavailable, std::string("cannot start a thread: ") + error.what()};
    }
  }
  join(std::move(finished));
  return {};
}

void TaskGroup::stop() {
  std::list<std::stop_source> sources;
  {
    const auto tasks = tasks_.lock();
    for (const Task& task : *tasks) sources.push_back(task.stop);
  }
  for (std::stop_source& source : sources) source.request_stop();
}

// One task at a time, without the lock: each task takes it when it finishes.
void TaskGroup::join() {
  for (;;) {
    Tasks one;
    {
      auto tasks = tasks_.lock();
      if (tasks->empty()) return;
      one.splice(one.end(), *tasks, tasks->begin());
    }
    join(std::move(one));
  }
}

void TaskGroup::join(Tasks tasks) {
  for (Task& task : tasks) task.thread.join();
}

}  // namespace cbundle
