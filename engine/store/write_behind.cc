#include "engine/store/write_behind.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace cbundle {

WriteBehind::WriteBehind(std::unique_ptr<Store> inner) : inner_(std::move(inner)) {
  try {
    thread_ = std::thread([this] { loop(); });
  } catch (const std::system_error&) {  // then put() does it itself
  }
}

WriteBehind::~WriteBehind() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  came_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Result<std::optional<Entry>> WriteBehind::find(const StageKey& key) {
  {
    const std::lock_guard lock(mutex_);
    const auto latest = std::find_if(on_the_way_.rbegin(), on_the_way_.rend(),
                                     [&key](const Item& item) { return item.key == key; });
    if (latest != on_the_way_.rend()) return std::optional(latest->entry);
  }
  return inner_->find(key);
}

Result<std::optional<Blob>> WriteBehind::load(const Digest& digest) {
  {
    const std::lock_guard lock(mutex_);
    for (const Item& item : on_the_way_) {
      if (item.entry.output == digest) return std::optional(item.blob);
    }
  }
  return inner_->load(digest);
}

Result<void> WriteBehind::put(const StageKey& key, const Entry& entry, const Blob& blob) {
  constexpr std::uint64_t max_bytes = 256 << 20;
  if (!thread_.joinable()) return inner_->put(key, entry, blob);
  std::unique_lock lock(mutex_);
  went_.wait(lock, [this] { return bytes_ < max_bytes; });
  on_the_way_.push_back({key, entry, blob});
  bytes_ += blob.size();
  came_.notify_one();
  if (untold_.empty()) return {};
  Error error = std::move(untold_.front());
  untold_.pop_front();
  return error;
}

void WriteBehind::let_go() {
  {
    const std::lock_guard lock(mutex_);
    letting_go_ = true;
  }
  came_.notify_one();
}

Result<std::uint64_t> WriteBehind::trim(std::uint64_t max_bytes) {
  settle();
  return inner_->trim(max_bytes);
}

Result<StoreSize> WriteBehind::size() {
  settle();
  return inner_->size();
}

void WriteBehind::loop() {
  for (Work work = next(); !work.is_end(); work = next()) {
    if (work.lets_go) inner_->let_go();
    if (!work.items.empty()) finish(inner_->put_all(work.items));
  }
}

WriteBehind::Work WriteBehind::next() {
  std::unique_lock lock(mutex_);
  came_.wait(lock, [this] { return stopping_ || letting_go_ || !on_the_way_.empty(); });
  return {std::exchange(letting_go_, false), {on_the_way_.begin(), on_the_way_.end()}};
}

void WriteBehind::finish(std::vector<Result<void>> outcomes) {
  constexpr std::size_t max_untold = 16;  // where each fails, one says as much as all
  std::deque<Item> gone;                  // dropped without the lock: files may go with them
  {
    const std::lock_guard lock(mutex_);
    for (Result<void>& outcome : outcomes) {
      if (!outcome && untold_.size() < max_untold) untold_.push_back(std::move(outcome).error());
      bytes_ -= on_the_way_.front().blob.size();
      gone.push_back(std::move(on_the_way_.front()));
      on_the_way_.pop_front();
    }
  }
  went_.notify_all();
}

void WriteBehind::settle() {
  std::unique_lock lock(mutex_);
  went_.wait(lock, [this] { return on_the_way_.empty(); });
}

}  // namespace cbundle
