// The directory a store lives in: made, judged, and locked against other processes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "engine/base/fd.h"
#include "engine/base/result.h"

namespace cbundle {

// Whose locks and shared memory SQLite cannot trust: "NFS" and so on for the `f_type` of statfs;
// empty for a file system that will do.
std::string_view network_file_system(std::int64_t type);

class CacheDirectory {
 public:
  // Makes it, 0700, where it is missing. Error{unavailable} where it cannot be made or lies on a
  // network file system.
  static Result<CacheDirectory> make(const std::filesystem::path& path);

  // Keeps other processes out as long as the descriptor is open. Error{unavailable}, naming the
  // other process, where one is in.
  Result<Fd> lock() const;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path lock_file() const { return path_ / "lock"; }
  std::filesystem::path database() const { return path_ / "store.db"; }
  std::filesystem::path log() const { return path_ / "store.db-wal"; }
  std::filesystem::path blobs() const { return path_ / "blobs"; }

  // Renames the database to `store.db.broken-N`, for whoever wants to know why; the blob files,
  // which nothing names then, are removed. The latest two broken ones stay.
  Result<void> set_database_aside() const;
  std::uint64_t broken_bytes() const;
  void remove_broken() const;

  // What the disk uses for all but the blob files.
  std::uint64_t bytes_without_blobs() const;

 private:
  explicit CacheDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace cbundle
