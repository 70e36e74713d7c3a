// How the limit on disk use is kept: what a result may need, what is used, whether it fits.
#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/store/store.h"

namespace cbundle {

// At most what a result needs before it is kept; in pages of the database, and in files.
struct Need {
  std::int64_t pages = 0;
  std::uint64_t file_bytes = 0;
};
Need need_of(const Entry& entry, const Blob& blob);

struct Usage {
  std::int64_t pages = 0;           // of the database, the free ones too
  std::int64_t free_pages = 0;      // which the next rows will fill
  std::int64_t pages_on_disk = 0;   // follows `pages` at the next checkpoint
  std::uint64_t file_bytes = 0;     // blob files, in whole blocks
  std::uint64_t dropped_bytes = 0;  // blob files that go with the end of this transaction
  std::uint64_t other_bytes = 0;    // databases set aside

  Usage when_compact() const;   // were all that is free given back to the disk
  std::uint64_t bytes() const;  // of all but the log and its index
};

// The log is written before the database, so a part of the limit is set apart for it: an eighth,
// and between 1 and 16 MiB. With nothing else but the empty tables that makes 2 MiB the smallest
// limit that keeps anything.
class Budget {
 public:
  explicit Budget(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}  // 0: no limit

  std::uint64_t max_bytes() const { return max_bytes_; }
  std::int64_t log_pages() const;

  // For PRAGMA max_page_count: SQLite's own word that the limit holds. 0: none.
  std::int64_t max_pages() const;

  // Whether it would fit into an empty store.
  bool can_ever_fit(const Need& need) const;

  bool fits(const Usage& usage, const Need& need) const;

  // The same need with some room over, so that not every put() has to evict: a sixteenth of the
  // limit, at most 16 MiB, as someone waits for it.
  Need with_slack(const Need& need) const;

 private:
  std::uint64_t max_bytes_;
};

// Leaves others room on the file system of `directory`: Error{unavailable} where writing `need`
// would leave less than 64 MiB, or less than 5 % where that is smaller. A cache must not be what
// fills the disk that the build itself writes to, and 64 MiB is several bundles and their logs.
Result<void> check_headroom(const std::filesystem::path& directory, const Need& need);

}  // namespace cbundle
