// Everything that is written into a store, one method a change; only the writer's thread has it.
//
// Changes are made inside a transaction that the writer begins, and count once it told so with
// committed(). A blob file comes before its row and goes after it, so that no row is ever without
// its file because of us.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "engine/base/digest.h"
#include "engine/base/result.h"
#include "engine/store/blob_files.h"
#include "engine/store/cache_directory.h"
#include "engine/store/database.h"
#include "engine/store/room.h"
#include "engine/store/store.h"

namespace cbundle {

class Tables {
 public:
  // A row of `entry`, and when it was last used: a number that only grows.
  using Use = std::pair<std::int64_t, std::int64_t>;

  static Result<std::unique_ptr<Tables>> open(const CacheDirectory& directory,
                                              const BlobFiles& files, const Budget& budget);

  Database& database() { return database_; }
  const Budget& budget() const { return budget_; }

  void committed();
  void rolled_back();

  // Error{unavailable} where there is no room for a file.
  Result<void> insert(const StageKey& key, const Entry& entry, const Blob& blob, std::int64_t use);

  // The entry, and its blob where no other entry has it. Whether there was one.
  Result<bool> drop_entry(const StageKey& key);

  // The blob, and all entries that lead to it. Whether there was one.
  Result<bool> drop_blob(const Digest& digest);

  // The least recently used entry, or, where no entry is left, a blob that lost its last one.
  // Whether there was any.
  Result<bool> drop_oldest();
  void remove_broken();  // databases that were set aside

  Result<void> set_uses(std::span<const Use> uses);
  Result<void> set_counters(const Counters& counters);
  Result<void> vacuum(std::int64_t pages);  // gives free pages back to the disk

  Result<Counters> counters();
  Result<std::int64_t> newest_use();
  Result<Usage> usage();

 private:
  // Every statement that changes or asks something, prepared once.
  struct Statements {
    Statement pages, free_pages;
    Statement entry_of_key, any_entry_of_blob, oldest_entry, any_blob, blob_of_digest;
    Statement add_blob, put_entry, drop_entry, drop_entries_of_blob, drop_blob;
    Statement set_use, set_counter, set_total;
  };
  Tables(const CacheDirectory& directory, const BlobFiles& files, const Budget& budget,
         Database database, Statements statements, std::uint64_t file_bytes);
  static Result<Statements> prepare(Database& database);

  Result<void> add_blob(const Digest& digest, const Blob& blob);
  Result<void> write_file(const Digest& digest, const Blob& blob);
  Result<void> drop_row(std::int64_t entry, const Digest& output);
  Result<bool> drop_blob_row(const Digest& digest);
  Result<void> set_file_bytes(std::uint64_t bytes);

  CacheDirectory directory_;
  BlobFiles files_;
  Budget budget_;
  Database database_;
  Statements statements_;

  std::uint64_t broken_bytes_;
  std::uint64_t file_bytes_;  // as the row of `total` says in this transaction

  // What this transaction did to files, to be finished or undone with it.
  std::uint64_t file_bytes_before_;
  std::uint64_t dropped_bytes_ = 0;  // still on the disk
  std::vector<Digest> added_files_;
  std::vector<Digest> dropped_files_;
};

}  // namespace cbundle
