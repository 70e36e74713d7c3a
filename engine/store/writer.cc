#include "engine/store/writer.h"

#include <utility>

namespace cbundle {

Writer::Writer(std::unique_ptr<Tables> tables, Database checkpointer)
    : tables_(std::move(tables)),
      checkpointer_(std::move(checkpointer)),
      thread_([this] { loop(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  came_.notify_one();
  thread_.join();
}

Result<void> Writer::run(std::int64_t pages, Work work) {
  Waiting waiting{.pages = pages, .alone = false, .work = std::move(work), .outcome = {}};
  return wait_for(waiting);
}

Result<void> Writer::run_alone(Work work) {
  Waiting waiting{.pages = 0, .alone = true, .work = std::move(work), .outcome = {}};
  return wait_for(waiting);
}

Result<void> Writer::checkpoint() {
  return checkpointer_.lock()->checkpoint(SQLITE_CHECKPOINT_PASSIVE);
}

Result<void> Writer::truncate() {
  return run_alone([this](Tables&) { return start_log_over(SQLITE_CHECKPOINT_TRUNCATE); });
}

Result<void> Writer::wait_for(Waiting& waiting) {
  std::unique_lock lock(mutex_);
  queue_.push_back(&waiting);
  came_.notify_one();
  done_.wait(lock, [&waiting] { return waiting.outcome.has_value(); });
  return *std::move(waiting.outcome);
}

void Writer::loop() {
  for (Batch batch = next_batch(); !batch.empty(); batch = next_batch()) write(batch);
}

Writer::Batch Writer::next_batch() {
  std::unique_lock lock(mutex_);
  came_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  Batch batch;
  std::int64_t pages = 0;
  while (!queue_.empty()) {
    Waiting* next = queue_.front();
    pages += next->pages;
    const bool fits = !next->alone && pages < tables_->budget().log_pages();
    if (!batch.empty() && !fits) break;
    queue_.pop_front();
    batch.push_back(next);
    if (next->alone) break;
  }
  return batch;
}

void Writer::write(const Batch& batch) {
  std::vector<Result<void>> outcomes;
  auto together = batch.front()->alone ? batch.front()->work(*tables_) : commit(batch);
  if (together || batch.size() == 1) {
    outcomes.assign(batch.size(), together);
  } else {
    // One of them failed; it must not take the others with it.
    for (Waiting* waiting : batch) outcomes.push_back(commit({waiting}));
  }
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < batch.size(); ++i) batch[i]->outcome = std::move(outcomes[i]);
  }
  done_.notify_all();
}

Result<void> Writer::commit(const Batch& batch) {
  TRY(make_room_in_log(batch));
  auto changed = [&]() -> Result<void> {
    Transaction transaction = TRY(Transaction::begin(tables_->database()));
    for (const Waiting* waiting : batch) TRY(waiting->work(*tables_));
    return transaction.commit();
  }();
  if (changed) log_pages_ = tables_->database().log_pages();
  changed ? tables_->committed() : tables_->rolled_back();
  return changed;
}

// The background thread keeps the log short. Only where writing outruns it we wait for the disk.
Result<void> Writer::make_room_in_log(const Batch& batch) {
  std::int64_t pages = log_pages_;
  for (const Waiting* waiting : batch) pages += waiting->pages;
  if (pages <= tables_->budget().log_pages()) return {};
  return start_log_over(SQLITE_CHECKPOINT_RESTART);
}

Result<void> Writer::start_log_over(int mode) {
  TRY(checkpointer_.lock()->checkpoint(mode));
  log_pages_ = 0;
  return {};
}

}  // namespace cbundle
