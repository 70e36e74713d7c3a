// The one thread that writes: what waits together is committed together.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "engine/base/guarded.h"
#include "engine/base/result.h"
#include "engine/store/database.h"
#include "engine/store/tables.h"

namespace cbundle {

class Writer {
 public:
  // May run a second time, after a rollback: when work beside it in a transaction failed.
  using Work = std::function<Result<void>(Tables&)>;

  // `checkpointer` is a connection of its own, so that a checkpoint holds no one up.
  Writer(std::unique_ptr<Tables> tables, Database checkpointer);
  ~Writer();  // no one may wait any more

  // Waits until `work` is committed, or has failed and left nothing. `pages` is how many it may
  // change at most, so that the log keeps to its budget.
  Result<void> run(std::int64_t pages, Work work);

  // Runs it outside of a transaction.
  Result<void> run_alone(Work work);

  // Moves the log into the database, on the caller's thread, beside what is being written.
  Result<void> checkpoint();

  // Does so to the end, and gives the disk back what the log and the database have over.
  Result<void> truncate();

  // How long the log is after the latest commit.
  std::int64_t log_pages() const { return log_pages_.load(std::memory_order_relaxed); }

 private:
  struct Waiting {
    std::int64_t pages;
    bool alone;
    Work work;
    std::optional<Result<void>> outcome;
  };
  using Batch = std::vector<Waiting*>;

  Result<void> wait_for(Waiting& waiting);
  void loop();
  Batch next_batch();  // empty: the end
  void write(const Batch& batch);
  Result<void> commit(const Batch& batch);
  Result<void> make_room_in_log(const Batch& batch);
  Result<void> start_log_over(int mode);

  std::unique_ptr<Tables> tables_;
  Guarded<Database> checkpointer_;  // as SQLite lets no two checkpoints run at once
  std::atomic<std::int64_t> log_pages_ = 0;

  // No Guarded<>: waiting on a condition needs the lock itself.
  std::mutex mutex_;
  std::condition_variable came_;
  std::condition_variable done_;
  std::deque<Waiting*> queue_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace cbundle
