// The thread of a DiskCache: writes what is queued, maintains the database, and replaces it when it
// is damaged.

#include <algorithm>
#include <utility>

#include "engine/store/disk_cache.h"

namespace cbundle {
namespace {

constexpr std::chrono::seconds tidy_after{10};  // the last write

}  // namespace

void DiskCache::run() {
  while (handle(next_work())) {
  }
  if (writer_) static_cast<void>(write_uses_and_counters());
}

DiskCache::Work DiskCache::next_work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!pending_.empty() || !tasks_.empty()) {
      return {{pending_.begin(), pending_.end()}, std::exchange(tasks_, {}), Maintenance::none};
    }
    const Maintenance due = due_maintenance();
    if (due != Maintenance::none) return {{}, {}, due};
    constexpr auto never = Clock::TimePoint::max();
    const auto next = std::min(
        {drop_pages_at_.value_or(never), flush_at_.value_or(never), tidy_at_.value_or(never)});
    if (next == never) {
      work_cv_.wait(lock);
    } else {
      clock_.wait_until(lock, work_cv_, next);
    }
  }
}

// With the mutex held.
DiskCache::Maintenance DiskCache::due_maintenance() {
  if (is_stopping_) return Maintenance::stop;
  const Clock::TimePoint now = clock_.now();
  if (drop_pages_at_ && *drop_pages_at_ <= now) {
    drop_pages_at_.reset();
    return Maintenance::drop_pages;
  }
  if (flush_at_ && *flush_at_ <= now) {
    flush_at_.reset();
    return Maintenance::flush;
  }
  if (!writer_) return Maintenance::none;
  if (!is_swept_) return Maintenance::sweep;
  if (is_log_long_) return Maintenance::checkpoint;
  if (is_shrinking_) return Maintenance::shrink;
  return tidy_at_ && *tidy_at_ <= now ? Maintenance::tidy : Maintenance::none;
}

// Returns whether there will be more. Nothing of the work is held while waiting for the next.
bool DiskCache::handle(const Work& work) {
  if (!work.records.empty()) write(work.records);
  for (const Task& task : work.tasks) task.run();
  finish(work.tasks);
  if (const auto maintained = maintain(work.maintenance); !maintained) {
    restart_if_damaged(maintained.error());
  }
  return work.maintenance != Maintenance::stop;
}

void DiskCache::write(const std::vector<Record>& records) {
  constexpr std::size_t max_unreported = 16;  // where all fail, a few say enough
  std::vector<Result<void>> outcomes(records.size(), off_error());
  if (writer_) outcomes = writer_->put(records);
  const Error* damage = nullptr;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (outcomes[i]) {
      if (!records[i].is_note) page_cache_.on_written(records[i].entry.output, records[i].blob);
    } else {
      count("store.not_kept");
      if (is_damage(outcomes[i].error())) damage = &outcomes[i].error();
    }
  }
  {
    const std::lock_guard lock(mutex_);
    for (const Result<void>& outcome : outcomes) {
      if (!outcome && unreported_.size() < max_unreported) unreported_.push_back(outcome.error());
      pending_bytes_ -= pending_.front().blob.size();
      pending_.pop_front();
    }
  }
  drained_cv_.notify_all();
  if (damage != nullptr) restart(*damage);
  tidy_at_ = clock_.now() + tidy_after;
  is_log_long_ = writer_ && writer_->is_log_long();
}

void DiskCache::finish(const std::vector<Task>& tasks) {
  {
    const std::lock_guard lock(mutex_);
    for (const Task& task : tasks) *task.is_done = true;
  }
  drained_cv_.notify_all();
}

Result<void> DiskCache::maintain(Maintenance maintenance) {
  if (!writer_) return {};
  switch (maintenance) {
    case Maintenance::none:
    case Maintenance::stop: break;
    case Maintenance::drop_pages: page_cache_.drop(); break;
    case Maintenance::flush: return write_uses_and_counters();
    case Maintenance::sweep:
      is_swept_ = true;
      writer_->sweep();
      // The limit may be lower than that of the process before.
      is_shrinking_ = limit_.max_bytes() != 0 && TRY(writer_->size()).bytes > limit_.max_bytes();
      break;
    case Maintenance::checkpoint: is_log_long_ = false; return writer_->checkpoint();
    case Maintenance::shrink:
      is_shrinking_ = false;  // if this fails
      is_shrinking_ = TRY(writer_->shrink_step(limit_.max_bytes()));
      break;
    case Maintenance::tidy: {
      const auto due = std::exchange(tidy_at_, std::nullopt);
      if (TRY(writer_->vacuum_step())) tidy_at_ = due;
      break;
    }
  }
  return {};
}

Result<void> DiskCache::write_uses_and_counters() {
  TRY(writer_->set_uses(take_uses()));
  Counters counters;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(counters_changed_, false)) return {};
    counters = counters_;
  }
  auto written = writer_->set_counters(counters);
  if (!written) {
    const std::lock_guard lock(mutex_);
    counters_changed_ = true;
  }
  return written;
}

Result<std::unique_ptr<CacheWriter>> DiskCache::open_writer(CacheWriter::Start start) {
  return CacheWriter::open(
      directory_, limit_, start,
      {.take_uses = [this] { return take_uses(); },
       .on_evicted = [this](std::uint64_t results) { count("store.evicted", results); },
       .on_cache_warning = on_cache_warning_});
}

bool DiskCache::is_damage(const Error& error) {
  return error.kind == ErrorKind::corrupt || error.kind == ErrorKind::evicted;
}

void DiskCache::restart_if_damaged(const Error& error) {
  if (is_damage(error)) restart(error);
}

// With an empty database; nobody reads meanwhile. Counters survive.
void DiskCache::restart(const Error& damage) {
  constexpr int max_restarts = 3;  // a disk that damages it more often cannot hold a cache
  const std::unique_lock no_readers(reading_);
  idle_readers_.lock()->clear();
  writer_.reset();
  const std::string happened = "the cache in " + directory_.string() + " is damaged (" +
                               damage.diagnostics.front().message + ")";
  const bool is_there = damage.kind == ErrorKind::corrupt;
  Result<std::unique_ptr<CacheWriter>> fresh =
      Error{ErrorKind::unavailable, "this has happened too often"};
  if (++restarts_ <= max_restarts) {
    fresh = open_writer(is_there ? CacheWriter::Start::set_aside : CacheWriter::Start::existing);
  }
  if (!fresh) {
    is_off_ = true;
    on_cache_warning_(happened + " and off until cbundled starts again: " + fresh.error().text());
    return;
  }
  on_cache_warning_(happened + (is_there ? "; it was set aside, and" : ";") +
                    " the cache is empty now");
  writer_ = std::move(fresh).value();
  is_swept_ = false;
  const std::lock_guard lock(mutex_);
  counters_changed_ = true;
  flush_at_ = clock_.now();
}

}  // namespace cbundle
