// The statements that change the database, and the blob files that belong to its rows.
//
// For one thread. Each change is made inside of a transaction; commit or rollback is reported by
// committed() and rolled_back(). A blob file is written before its row and removed after it, so
// that a killed process leaves no row without a file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/digest.h"
#include "engine/base/result.h"
#include "engine/store/blob_files.h"
#include "engine/store/cache_directory.h"
#include "engine/store/database.h"
#include "engine/store/size_limit.h"
#include "engine/store/store.h"

namespace cbundle {

// A result or a note to be written.
struct Record {
  StageKey key;
  Entry entry;  // of a result
  Blob blob;    // the bytes of a result, the text of a note
  bool is_note = false;
  std::int64_t used = 0;  // see Use
};

// When a result or a note was last used: a number that only grows, not a time.
struct Use {
  StageKey key;
  std::int64_t used = 0;
};

class Tables {
 public:
  // `directory` and `files` outlive it.
  static Result<std::unique_ptr<Tables>> open(const CacheDirectory& directory,
                                              const BlobFiles& files, const SizeLimit& limit);

  Database& database() { return database_; }
  void committed();
  void rolled_back();

  // Error{unavailable} where there is no room for a file.
  Result<void> insert(const Record& record);

  // These return whether there was such a row. With an entry goes its blob, unless another entry
  // has it too; with a blob go all of its entries.
  Result<bool> drop_entry(const StageKey& key);
  Result<bool> drop_note(const StageKey& key);
  Result<bool> drop_blob(const Digest& digest);

  // The least recently used entry or note; where there is none, a blob without an entry. Returns
  // whether there was any.
  Result<bool> drop_oldest();
  void remove_broken();  // databases that were set aside

  Result<void> set_uses(std::span<const Use> uses);
  Result<void> set_counters(const Counters& counters);
  Result<void> vacuum(std::int64_t pages);  // gives free pages back to the disk

  Result<Counters> counters();
  Result<std::int64_t> newest_use();
  Result<bool> has_file(const Digest& digest);  // whether there is a row whose blob is a file
  Result<SpaceUsed> space_used();
  Result<StoreSize> size();  // takes 1 ms for 100,000 rows; `max_bytes` is left out

 private:
  struct EntryRow {
    std::int64_t id = 0;
    std::int64_t blob = 0;
  };
  struct BlobRow {
    std::int64_t id = 0;
    Digest digest;
    std::uint64_t size = 0;
    bool is_file = false;
  };
  Tables(const CacheDirectory& directory, const BlobFiles& files, Database database,
         std::uint64_t file_bytes);

  Result<std::optional<EntryRow>> entry_row(const StageKey& key);
  Result<std::optional<BlobRow>> blob_row(const Digest& digest);
  Result<std::optional<BlobRow>> blob_row(std::int64_t id);
  Result<std::int64_t> add_blob(const Digest& digest, const Blob& blob);
  Result<void> write_file(const Digest& digest, const Blob& blob);
  Result<void> drop_row(const EntryRow& entry);
  Result<bool> drop_if_unused(std::int64_t blob);
  Result<void> drop_blob_row(const BlobRow& blob);
  Result<bool> drop_any_blob();
  Result<void> set_file_bytes(std::uint64_t bytes);

  const CacheDirectory& directory_;
  const BlobFiles& files_;
  Database database_;

  std::uint64_t broken_bytes_;
  std::uint64_t file_bytes_;  // of the row of `total`, in this transaction

  // Changes of files in this transaction, to be completed or undone when it ends.
  std::uint64_t file_bytes_before_;
  std::uint64_t dropped_bytes_ = 0;  // still on the disk
  std::vector<Digest> added_files_;
  std::vector<Digest> dropped_files_;
};

}  // namespace cbundle
