#include "engine/store/room.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <string>

#include "engine/store/blob_files.h"
#include "engine/store/schema.h"

namespace cbundle {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t page = page_bytes;
constexpr std::uint64_t logged_page = page + 24;  // with its header in the log

// The shared memory of the log (32 KiB), the lock, directories, and a commit whose trees split
// more than a Need foresees.
constexpr std::uint64_t small_things = mebibyte / 4;

// The six trees a result goes into, each of which may split.
constexpr std::int64_t tree_pages = 24;

constexpr std::int64_t empty_pages = 12;  // the tables with nothing in them

std::uint64_t bytes_of(std::int64_t pages) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(pages, 0)) * page;
}

}  // namespace

Usage Usage::when_compact() const {
  return {.pages = pages - free_pages, .file_bytes = file_bytes, .other_bytes = other_bytes};
}

std::uint64_t Usage::bytes() const {
  return bytes_of(std::max(pages, pages_on_disk)) + file_bytes + dropped_bytes + other_bytes;
}

Need need_of(const Entry& entry, const Blob& blob) {
  Need need;
  std::uint64_t in_pages = entry.warnings.size();
  if (blob.size() > max_inline_blob) {
    need.file_bytes = BlobFiles::disk_bytes(blob.size());
  } else {
    in_pages += blob.size();
  }
  // A page of a long value holds a little less than the page.
  need.pages = static_cast<std::int64_t>(in_pages / (page - 64)) + tree_pages;
  return need;
}

std::int64_t Budget::log_pages() const {
  const std::uint64_t bytes =
      max_bytes_ == 0 ? 16 * mebibyte : std::clamp(max_bytes_ / 8, mebibyte, 16 * mebibyte);
  return static_cast<std::int64_t>(bytes / logged_page);
}

std::int64_t Budget::max_pages() const {
  if (max_bytes_ == 0) return 0;
  const std::uint64_t set_apart =
      static_cast<std::uint64_t>(log_pages()) * logged_page + small_things;
  const std::uint64_t pages = max_bytes_ > set_apart ? (max_bytes_ - set_apart) / page : 0;
  return std::max(static_cast<std::int64_t>(pages), empty_pages);
}

bool Budget::can_ever_fit(const Need& need) const {
  // Less some of the log's pages, as one transaction cannot be split.
  return need.pages < log_pages() && fits(Usage{.pages = empty_pages}, need);
}

bool Budget::fits(const Usage& usage, const Need& need) const {
  if (max_bytes_ == 0) return true;
  const std::int64_t new_pages = std::max<std::int64_t>(need.pages - usage.free_pages, 0);
  Usage after = usage;
  after.pages += new_pages;
  const std::uint64_t used =
      static_cast<std::uint64_t>(log_pages()) * logged_page + small_things + after.bytes();
  return used <= max_bytes_ && need.file_bytes <= max_bytes_ - used;
}

Need Budget::with_slack(const Need& need) const {
  const std::uint64_t slack = std::min(max_bytes_ / 16, 16 * mebibyte);
  Need more = need;
  if (need.file_bytes > 0) {
    more.file_bytes += slack;
  } else {
    more.pages += static_cast<std::int64_t>(slack / page);
  }
  return fits(Usage{.pages = empty_pages}, more) ? more : need;
}

Result<void> check_headroom(const std::filesystem::path& directory, const Need& need) {
  struct statvfs about {};
  if (::statvfs(directory.c_str(), &about) != 0) return {};  // the write itself will tell
  const std::uint64_t whole = std::uint64_t{about.f_blocks} * about.f_frsize;
  const std::uint64_t free = std::uint64_t{about.f_bavail} * about.f_frsize;
  const std::uint64_t headroom = std::min(64 * mebibyte, whole / 20);
  // Twice the pages: into the log, and later into the database.
  const std::uint64_t wanted = need.file_bytes + 2 * bytes_of(need.pages) + headroom;
  if (free >= wanted) return {};
  return Error{ErrorKind::unavailable,
               "the disk of the cache directory " + directory.string() + " has only " +
                   std::to_string(free / mebibyte) + " MiB free, which are left to others" +
                   "\n  free some, or set CBUNDLE_CACHE_DIR to a directory elsewhere"};
}

}  // namespace cbundle
