// A store on disk that outlives the process: a SQLite database, and files for large blobs.
//
// On disk, version 1 (PRAGMA application_id 0x6362646c, user_version 1). Another version, or what
// is no such database, is set aside and a new one begun; nothing is ever migrated.
//
//   DIRECTORY/             0700
//     lock                 flock()ed by the one process that uses it; holds its pid, as text
//     store.db             pages of 16 KiB, write-ahead log, incremental auto-vacuum
//     store.db-wal, -shm   SQLite's log; a log that is there at start means that we were killed
//     store.db.broken-N    databases that were set aside; the first to go when room is needed
//     blobs/ab/cd…         a blob of more than 128 KiB: its bytes alone, named by its digest in
//                          hex, the first byte being the directory
//     blobs/new/abcd…      one that is being written
//
//   blob     id, digest    16 bytes, the XXH3-128 of the data
//            size          bytes
//            data          the bytes; NULL where they are a file
//   entry    id, key       16 bytes, the StageKey
//            output        16 bytes, the digest of a row of `blob`
//            warnings      bytes
//            seal          16 bytes, the digest of key, output and warnings one after the other
//            used          when it was kept or last found: a number that only grows, no time
//   counter  name, value
//   total    file_bytes    one row: what the blob files use on disk, in whole blocks
//
// So that a find that is a hit need write nothing, and what is written later is a small row, the
// times of use are not beside the data. Those of the last second live in memory only.
//
// It counts by itself: store.corrupt, results that were dropped as their bytes were wrong or gone;
// store.evicted, those that had to make room; store.not_kept, those that found none.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>

#include "engine/store/store.h"

namespace cbundle {

class Shelf;

class SqliteStore final : public Store {
 public:
  using OnCacheWarning = std::function<void(const std::string&)>;

  // Makes `directory` where it is missing. `max_bytes` holds for all that is in it, at all times;
  // 0: no limit; below 2 MiB nothing fits. `on_cache_warning` is told, from any thread, what
  // degraded; it must not call the store. Error{unavailable} where the directory cannot be written,
  // is on a network file system, or is used by another process.
  static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& directory,
                                                   std::uint64_t max_bytes,
                                                   OnCacheWarning on_cache_warning);
  ~SqliteStore() override;  // no method may run any more

  Result<std::optional<Entry>> find(const StageKey& key) override;
  Result<std::optional<Blob>> load(const Digest& digest) override;

  // Waits until it is committed; callers that come together share one commit. Error{unavailable}
  // also where the disk is nearly full.
  Result<void> put(const StageKey& key, const Entry& entry, const Blob& blob) override;

  // In one commit: three cost 1.1 ms, and together 0.5.
  std::vector<Result<void>> put_all(std::span<const Item> items) override;

  void let_go() override;
  Result<std::uint64_t> trim(std::uint64_t max_bytes) override;
  Result<StoreSize> size() override;

  // Reaches the disk within a second, and when the store is closed.
  void count(std::string_view name, std::uint64_t by = 1) override;
  Result<Counters> counters() override;

 private:
  SqliteStore(std::filesystem::path directory, std::uint64_t max_bytes,
              OnCacheWarning on_cache_warning, std::unique_ptr<Shelf> shelf);

  template <class Operation>
  auto on_shelf(Operation operation) -> decltype(operation(std::declval<Shelf&>()));
  void begin_anew();

  const std::filesystem::path directory_;
  const std::uint64_t max_bytes_;
  const OnCacheWarning on_cache_warning_;

  // Shared by all who use the shelf, as it guards not its state but its being there.
  std::shared_mutex mutex_;
  std::unique_ptr<Shelf> shelf_;  // null: the cache is off for the rest of this process
  int begun_anew_ = 0;
};

}  // namespace cbundle
