#include "engine/build/keeper.h"

#include <system_error>
#include <utility>

namespace cbundle {

Keeper::~Keeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  came_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Keeper::Kept Keeper::keep(Store::Item item, std::shared_ptr<const void> released) {
  Kept kept;
  {
    const std::lock_guard lock(mutex_);
    waiting_.items.push_back(std::move(item));
    waiting_.released.push_back(std::move(released));
    kept = waiting_.outcomes.emplace_back().get_future();
    if (thread_.joinable()) {
      came_.notify_one();
      return kept;
    }
    try {
      thread_ = std::thread([this] { loop(); });
      return kept;
    } catch (const std::system_error&) {  // out of threads: then we do it ourselves
    }
  }
  keep(next());
  return kept;
}

void Keeper::loop() {
  for (Waiting waiting = next(); !waiting.items.empty(); waiting = next()) {
    keep(std::move(waiting));
  }
}

Keeper::Waiting Keeper::next() {
  std::unique_lock lock(mutex_);
  came_.wait(lock, [this] { return stopping_ || !waiting_.items.empty(); });
  return std::exchange(waiting_, {});
}

void Keeper::keep(Waiting waiting) {
  std::vector<Result<void>> outcomes = store_.keep_all(waiting.items);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    waiting.released[i].reset();
    waiting.outcomes[i].set_value(std::move(outcomes[i]));
  }
}

}  // namespace cbundle
