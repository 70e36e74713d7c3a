// The store in a directory: a SQLite database, and files for large blobs.
//
// On disk, version 3 (PRAGMA application_id 0x6362646c, user_version 3). A database of another
// version, or a file that is not such a database, is set aside and an empty one is created; there
// are no migrations.
//
//   DIRECTORY/             0700
//     lock                 flock()ed by the one process that uses it; its process number, as text
//     slots                empty: see engine/tool/shared_slots.h
//     store.db             pages of 4 KiB, write-ahead log, incremental auto-vacuum
//     store.db-wal, -shm   SQLite's log; if it is there at start, the last process was killed
//     store.db.broken-N    databases that were set aside; removed first when space is needed
//     blobs/ab/cd…         a blob of more than 128 KiB: its bytes alone, named by its digest in
//                          hex, the first byte being the directory
//     blobs/new/abcd…      one that is being written
//
//   blob     id, digest    16 bytes, the XXH3-128 of the data
//            size          bytes
//            data          the bytes; NULL where they are a file
//   entry    id, key       16 bytes, the StageKey
//            blob          the id of a row of `blob`
//            warnings      bytes
//            checksum      16 bytes, the digest of key, blob's digest and warnings, concatenated
//            used          when it was put or last found: a number that only grows, not a time
//   note     id, key       16 bytes
//            text          bytes
//            checksum      16 bytes, the digest of key and text, concatenated
//            used          as in `entry`
//   counter  name, value
//   total    file_bytes    one row: what the blob files use on disk, in whole blocks
//
// Blobs have a table of their own, so that writing a time of use changes a small row. Times of use
// and counters are written after a second; until then they are in memory only.
//
// Keys and digests are random numbers: each index of them costs an evicted row a page of its own,
// while rows of one age lie side by side. So an entry has its blob's id, not its digest, and pages
// are small. Evicting a row takes a quarter of what it took with an index of three random numbers
// in pages of 16 KiB (`./dev bench`).
//
// Its own counters: store.corrupt, rows dropped because their bytes were wrong or missing;
// store.evicted, results and notes evicted to make room; store.not_kept, those that were not
// written.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/guarded.h"
#include "engine/store/blob_files.h"
#include "engine/store/cache_writer.h"
#include "engine/store/page_cache.h"
#include "engine/store/reader.h"
#include "engine/store/size_limit.h"
#include "engine/store/store.h"

namespace cbundle {

// put() queues; one thread writes everything that waits in one commit, as a commit takes 0.4 ms and
// a build of 10 KB would wait for eight. What is queued is found like what is written. The same
// thread maintains the database when nothing is queued.
class DiskCache final : public Store {
 public:
  using OnCacheWarning = std::function<void(const std::string&)>;

  // Creates `directory` where it is missing. `max_bytes` limits all that is in it, at all times;
  // 0: no limit; below 2 MiB nothing fits. `on_cache_warning` is called from any thread and must
  // not call the store. Error{unavailable} where the directory cannot be written, is on a network
  // file system, or is used by another process. `clock` must outlive the store.
  static Result<std::unique_ptr<DiskCache>> open(const std::filesystem::path& directory,
                                                 std::uint64_t max_bytes,
                                                 OnCacheWarning on_cache_warning,
                                                 const Clock& clock = steady_clock());
  ~DiskCache() override;  // writes what is queued; no other method may run any more

  Result<std::optional<Entry>> find(const StageKey& key) override;
  Result<std::optional<Blob>> load(const Digest& digest) override;
  Result<std::optional<std::string>> note(const StageKey& key) override;

  // Wait only while 256 MB are queued. What can never fit is refused at once; other errors are
  // reported later.
  Result<void> put(const StageKey& key, const Entry& entry, const Blob& blob) override;
  Result<void> put_note(const StageKey& key, std::string text) override;

  // These wait until what was queued before is written.
  Result<void> flush() override;
  Result<std::uint64_t> trim(std::uint64_t max_bytes, const OnTrimmed& on_progress) override;
  Result<std::uint64_t> clear() override;
  Result<StoreSize> size() override;

  Result<Verified> verify(const OnVerified& on_progress) override;
  void count(std::string_view name, std::uint64_t by = 1) override;
  Result<Counters> counters() override;
  void zero_counters() override;

 private:
  struct Task {
    std::function<void()> run;
    bool* is_done;
  };
  enum class Maintenance { none, drop_pages, flush, sweep, checkpoint, shrink, tidy, stop };
  struct Work {
    std::vector<Record> records;
    std::vector<Task> tasks;
    Maintenance maintenance = Maintenance::none;
  };

  DiskCache(std::filesystem::path directory, std::uint64_t max_bytes,
            OnCacheWarning on_cache_warning, const Clock& clock);
  Result<void> start();
  Error off_error() const;

  template <class T>
  Result<std::optional<T>> find_row(
      Result<std::optional<FoundRow<T>>> (Reader::*query)(const StageKey&),
      Result<bool> (Tables::*drop_row)(const StageKey&), const StageKey& key);
  template <class T>
  Result<bool> is_right(Result<std::optional<FoundRow<T>>> (Reader::*query)(const StageKey&),
                        Result<bool> (Tables::*drop_row)(const StageKey&), const Digest& key);
  template <class IsRight>
  Result<void> verify_all(Result<std::vector<Digest>> (Reader::*names)(const Digest&),
                          IsRight is_right, const OnVerified& on_progress, Verified& verified);
  template <class Found, class Name>
  Result<Found> read(Result<Found> (Reader::*query)(const Name&), const Name& name);
  Result<Reader> acquire_reader();
  void release_reader(Reader reader);
  template <class Match>
  std::optional<Record> find_pending(Match match);
  void drop(const std::function<Result<bool>(Tables&)>& drop_row);
  Result<void> enqueue(Record record);
  void note_use(const StageKey& key);
  void drop_pages_soon();
  std::vector<Use> take_uses();

  // Wait until it has been run on the writer's thread, after what was queued before is written.
  void run_on_writer(const std::function<void()>& run);
  template <class T>
  Result<T> ask_writer(const std::function<Result<T>(CacheWriter&)>& ask);

  // The writer's thread.
  void run();
  Work next_work();
  Maintenance due_maintenance();
  bool handle(const Work& work);
  void write(const std::vector<Record>& records);
  void finish(const std::vector<Task>& tasks);
  Result<void> maintain(Maintenance maintenance);
  Result<void> write_uses_and_counters();
  Result<std::unique_ptr<CacheWriter>> open_writer(CacheWriter::Start start);
  static bool is_damage(const Error& error);
  void restart_if_damaged(const Error& error);
  void restart(const Error& damage);

  const std::filesystem::path directory_;
  const SizeLimit limit_;
  const OnCacheWarning on_cache_warning_;
  const Clock& clock_;
  const BlobFiles files_;
  PageCache page_cache_;

  std::atomic<bool> is_off_ = false;  // for the rest of this process
  std::atomic<int> restarts_ = 0;

  // No Guarded<>: waiting on a condition needs the mutex itself. It is never held while another
  // one is taken, nor while the disk is read or written.
  std::mutex mutex_;
  std::condition_variable work_cv_;     // for the writer: there is work
  std::condition_variable drained_cv_;  // for callers: some of it is done
  std::deque<Record> pending_;          // in order; those being written come first
  std::uint64_t pending_bytes_ = 0;
  std::deque<Error> unreported_;
  std::vector<Task> tasks_;
  std::int64_t newest_use_ = 0;
  std::unordered_map<StageKey, std::int64_t> uses_;  // that the database does not have yet
  Counters counters_;
  bool counters_changed_ = false;
  std::optional<Clock::TimePoint> drop_pages_at_;
  std::optional<Clock::TimePoint> flush_at_;  // uses and counters
  bool is_stopping_ = false;

  // Of the writer's thread. The writer is null while the cache is off.
  std::unique_ptr<CacheWriter> writer_;
  bool is_swept_ = false;
  bool is_log_long_ = false;
  bool is_shrinking_ = false;  // to the limit
  std::optional<Clock::TimePoint> tidy_at_;

  // Kept open with their statements prepared, as opening one takes 300 us. Closed before the
  // writer, which holds the directory's lock.
  Guarded<std::vector<Reader>> idle_readers_;
  std::shared_mutex reading_;  // shared by whoever uses a reader
  std::thread thread_;
};

}  // namespace cbundle
