#include "engine/store/size_limit.h"

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

// The log's shared memory (32 KiB), the lock, directories, and a commit that splits more pages of
// its trees than SpaceNeeded allows for.
constexpr std::uint64_t small_things = mebibyte / 4;

// A result changes six trees, each of which may split.
constexpr std::int64_t tree_pages = 24;

constexpr std::int64_t empty_pages = 15;  // of a database without rows

std::uint64_t bytes_of(std::int64_t pages) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(pages, 0)) * page;
}

// A page of a long value holds a little less than the page.
SpaceNeeded space_for_row(std::uint64_t bytes) {
  return {.pages = static_cast<std::int64_t>(bytes / (page - 64)) + tree_pages};
}

}  // namespace

SpaceUsed SpaceUsed::when_compact() const {
  return {.pages = pages - free_pages, .file_bytes = file_bytes, .other_bytes = other_bytes};
}

std::uint64_t SpaceUsed::bytes() const {
  return bytes_of(std::max(pages, pages_on_disk)) + file_bytes + dropped_bytes + other_bytes;
}

SpaceNeeded space_for_result(const Entry& entry, const Blob& blob) {
  if (blob.size() <= max_inline_blob) return space_for_row(entry.warnings.size() + blob.size());
  SpaceNeeded needed = space_for_row(entry.warnings.size());
  needed.file_bytes = BlobFiles::disk_bytes(blob.size());
  return needed;
}

SpaceNeeded space_for_note(const Blob& text) { return space_for_row(text.size()); }

std::int64_t SizeLimit::log_pages() const {
  const std::uint64_t bytes =
      max_bytes_ == 0 ? 32 * mebibyte : std::clamp(max_bytes_ / 8, mebibyte, 32 * mebibyte);
  return static_cast<std::int64_t>(bytes / logged_page);
}

std::int64_t SizeLimit::max_pages() const {
  if (max_bytes_ == 0) return 0;
  const std::uint64_t reserved =
      static_cast<std::uint64_t>(log_pages()) * logged_page + small_things;
  const std::uint64_t pages = max_bytes_ > reserved ? (max_bytes_ - reserved) / page : 0;
  return std::max(static_cast<std::int64_t>(pages), empty_pages);
}

bool SizeLimit::can_ever_fit(const SpaceNeeded& needed) const {
  // Fewer pages than the log has, as one transaction cannot be split.
  return needed.pages < log_pages() && fits(SpaceUsed{.pages = empty_pages}, needed);
}

bool SizeLimit::fits(const SpaceUsed& before, const SpaceNeeded& needed) const {
  if (max_bytes_ == 0) return true;
  const std::int64_t new_pages = std::max<std::int64_t>(needed.pages - before.free_pages, 0);
  SpaceUsed after = before;
  after.pages += new_pages;
  const std::uint64_t used =
      static_cast<std::uint64_t>(log_pages()) * logged_page + small_things + after.bytes();
  return used <= max_bytes_ && needed.file_bytes <= max_bytes_ - used;
}

SpaceNeeded SizeLimit::with_slack(const SpaceNeeded& needed) const {
  const std::uint64_t slack = std::min(max_bytes_ / 16, 16 * mebibyte);
  SpaceNeeded more = needed;
  if (needed.file_bytes > 0) {
    more.file_bytes += slack;
  } else {
    more.pages += static_cast<std::int64_t>(slack / page);
  }
  return fits(SpaceUsed{.pages = empty_pages}, more) ? more : needed;
}

Result<void> check_headroom(const std::filesystem::path& directory, const SpaceNeeded& needed) {
  struct statvfs about {};
  if (::statvfs(directory.c_str(), &about) != 0) return {};  // the write itself will fail
  const std::uint64_t whole = std::uint64_t{about.f_blocks} * about.f_frsize;
  const std::uint64_t free = std::uint64_t{about.f_bavail} * about.f_frsize;
  const std::uint64_t headroom = std::min(64 * mebibyte, whole / 20);
  // Twice the pages: into the log, and later into the database.
  const std::uint64_t required = needed.file_bytes + 2 * bytes_of(needed.pages) + headroom;
  if (free >= required) return {};
  return Error{ErrorKind::unavailable,
               "the disk of the cache directory " + directory.string() + " has only " +
                   std::to_string(free / mebibyte) +
                   " MiB free, which the cache leaves to other programs",
               "free some space, or set CBUNDLE_CACHE_DIR to a directory on another disk"};
}

}  // namespace cbundle
