// The cache directory: created, checked, and locked against other processes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "engine/base/fd.h"
#include "engine/base/result.h"

namespace cbundle {

// "NFS" and so on for the `f_type` of statfs(2) of a file system on which SQLite's locks and shared
// memory do not work; empty for any other.
std::string_view network_file_system(std::int64_t type);

class CacheDirectory {
 public:
  explicit CacheDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  // Creates the directory with mode 0700 if it is missing, and locks out other processes until the
  // descriptor is closed. Error{unavailable} where it cannot be created, belongs to another user,
  // can be written by others, is on a network file system, or is locked by another process, which
  // the message names by its number. A symbolic link to it is followed, none in it is.
  Result<Fd> lock() const;

  // The process that has locked it, or had done so last; 0 where that is not known.
  pid_t last_owner() const;

  // An empty file for SharedSlots. Errors as lock().
  Result<Fd> slots() const;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path lock_file() const { return path_ / "lock"; }
  std::filesystem::path database() const { return path_ / "store.db"; }
  std::filesystem::path log() const { return path_ / "store.db-wal"; }
  std::filesystem::path blobs() const { return path_ / "blobs"; }

  // Renames the database to `store.db.broken-N`, so that it can be examined, and removes the blob
  // files, which no row names then. The latest two such databases are kept.
  Result<void> quarantine_database() const;
  std::uint64_t broken_bytes() const;
  void remove_broken() const;

  // What the disk uses, without the blob files.
  std::uint64_t bytes_without_blobs() const;

 private:
  Result<Fd> open_for_locks(const std::filesystem::path& file) const;

  std::filesystem::path path_;
};

}  // namespace cbundle
