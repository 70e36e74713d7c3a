// The limit on disk use: what a write needs, what is used, and whether it fits.
#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/store/store.h"

namespace cbundle {

// An upper bound of what a write needs, in pages of the database and in files.
struct SpaceNeeded {
  std::int64_t pages = 0;
  std::uint64_t file_bytes = 0;
};
SpaceNeeded space_for_result(const Entry& entry, const Blob& blob);
SpaceNeeded space_for_note(const Blob& text);

struct SpaceUsed {
  std::int64_t pages = 0;           // of the database, including free ones
  std::int64_t free_pages = 0;      // reused by the next rows
  std::int64_t pages_on_disk = 0;   // becomes `pages` at the next checkpoint
  std::uint64_t file_bytes = 0;     // of blob files, in whole blocks
  std::uint64_t dropped_bytes = 0;  // of blob files that are removed when this transaction ends
  std::uint64_t other_bytes = 0;    // of databases that were set aside

  SpaceUsed when_compact() const;  // after all free pages were given back to the disk
  std::uint64_t bytes() const;     // without the write-ahead log and its index
};

// The log is written before the database, so a part of the limit is reserved for it: an eighth,
// between 1 and 32 MiB. With the empty tables that makes 2 MiB the smallest limit that can hold a
// result.
class SizeLimit {
 public:
  explicit SizeLimit(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}  // 0: no limit

  std::uint64_t max_bytes() const { return max_bytes_; }
  std::int64_t log_pages() const;

  // For PRAGMA max_page_count, by which SQLite enforces the limit too. 0: none.
  std::int64_t max_pages() const;

  // Whether it would fit into an empty store.
  bool can_ever_fit(const SpaceNeeded& needed) const;

  bool fits(const SpaceUsed& before, const SpaceNeeded& needed) const;

  // More than is needed, so that not every write has to evict: a sixteenth of the limit, at most
  // 16 MiB.
  SpaceNeeded with_slack(const SpaceNeeded& needed) const;

 private:
  std::uint64_t max_bytes_;
};

// Error{unavailable} where the write would leave less than 64 MiB free on the file system of
// `directory`, or less than 5 % where that is smaller: the build writes to this disk too, and 64
// MiB hold several bundles and their logs.
Result<void> check_headroom(const std::filesystem::path& directory, const SpaceNeeded& needed);

}  // namespace cbundle
