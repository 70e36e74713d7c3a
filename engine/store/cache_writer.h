// Writes a cache directory: transactions, the size limit, and giving space back to the disk.
//
// For one thread, the only one that changes the directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/fd.h"
#include "engine/base/result.h"
#include "engine/store/blob_files.h"
#include "engine/store/cache_directory.h"
#include "engine/store/size_limit.h"
#include "engine/store/store.h"
#include "engine/store/tables.h"

namespace cbundle {

SpaceNeeded space_for(const Record& record);

class CacheWriter {
 public:
  enum class Start {
    existing,   // with the database that is there, if any
    set_aside,  // with an empty one; the one that is there is set aside
  };
  struct Callbacks {
    std::function<std::vector<Use>()> take_uses;  // asked before anything is evicted
    std::function<void(std::uint64_t results)> on_evicted;
    std::function<void(const std::string& text)> on_cache_warning;
  };

  // Locks the directory until the writer is destroyed. Error{unavailable} where it cannot be used.
  static Result<std::unique_ptr<CacheWriter>> open(const std::filesystem::path& path,
                                                   const SizeLimit& limit, Start start,
                                                   Callbacks callbacks);

  // Writes as many as possible in one commit: three take 1.1 ms one by one, and 0.5 together. One
  // that fails does not affect the others. Each must be able to fit into an empty store.
  std::vector<Result<void>> put(std::span<const Record> records);

  Result<void> set_uses(const std::vector<Use>& uses);
  Result<void> set_counters(const Counters& counters);

  // A row that turned out to be damaged, by one of Tables' methods. Returns whether it was there.
  Result<bool> drop(const std::function<Result<bool>(Tables&)>& drop_row);

  Result<StoreSize> size();
  Result<std::uint64_t> bytes_when_compact();  // about; takes microseconds, size() a scan
  Result<Counters> counters() { return tables_->counters(); }
  Result<std::int64_t> newest_use() { return tables_->newest_use(); }

  // What a killed process left.
  void sweep();

  // Long work is done in steps. Each returns whether more are needed.
  Result<bool> shrink_step(std::uint64_t max_bytes);
  Result<bool> vacuum_step();

  // Moves the write-ahead log into the database: 10 to 40 ms.
  Result<void> checkpoint() { return tables_->database().checkpoint(SQLITE_CHECKPOINT_PASSIVE); }
  bool is_log_long() const { return log_pages() > limit_.log_pages() / 4; }
  std::int64_t log_pages() const { return tables_->database().log_pages(); }

 private:
  CacheWriter(const std::filesystem::path& path, const SizeLimit& limit, Callbacks callbacks);
  Result<void> start(Start start);
  Result<void> commit(std::int64_t pages, const std::function<Result<void>()>& change);
  Result<void> put_together(std::span<const Record> records);
  Result<void> make_room(const SpaceNeeded& needed);
  Result<std::int64_t> evict_some(const std::function<bool(const SpaceUsed&)>& is_enough,
                                  std::int64_t most);

  CacheDirectory directory_;
  Fd lock_;
  SizeLimit limit_;
  BlobFiles files_;
  Callbacks callbacks_;
  bool needs_sweep_ = false;
  double pages_per_eviction_;  // of the log, in the last transaction of evictions
  std::unique_ptr<Tables> tables_;
};

}  // namespace cbundle
