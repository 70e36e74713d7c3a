#include "daemon/task_group.h"

#include <system_error>
#include <utility>

namespace cbundle {

Result<void> TaskGroup::start(std::stop_source stop, std::function<void()> work) {
  auto tasks = tasks_.lock();
  tasks->remove_if([](const Task& task) { return task.finished; });  // joins them
  const auto self = tasks->insert(tasks->end(), {std::move(stop), false, {}});
  try {
    self->thread = std::jthread([this, self, work = std::move(work)]() mutable {
      std::exchange(work, {})();  // what it holds is destroyed before the task counts as finished
      const auto lock = tasks_.lock();
      self->finished = true;
    });
  } catch (const std::system_error& error) {
    tasks->erase(self);
    return Error{ErrorKind::unavailable, std::string("cannot start a thread: ") + error.what()};
  }
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

// One task at a time, joined after the lock is released: a task takes it when it finishes.
void TaskGroup::join() {
  for (;;) {
    std::list<Task> first;
    const auto tasks = tasks_.lock();
    if (tasks->empty()) return;
    first.splice(first.end(), *tasks, tasks->begin());
  }
}

}  // namespace cbundle
