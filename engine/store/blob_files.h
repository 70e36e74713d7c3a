// Blobs too large for the database: a file each, named by its digest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/bytes.h"
#include "engine/base/digest.h"
#include "engine/base/result.h"

namespace cbundle {

class BlobFiles {
 public:
  // In `directory`, which is made when first needed.
  explicit BlobFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

  void remove_unfinished() const;  // files that a killed process was writing

  // Written under another name, then renamed. Only one thread may write at a time.
  // Error{unavailable}, with nothing left on the disk, where there is no room.
  Result<void> write(const Digest& digest, const Blob& blob) const;

  // Nothing where there is no such file. The bytes are not checked.
  Result<std::optional<std::string>> read(const Digest& digest) const;

  bool has(const Digest& digest) const;
  void remove(const Digest& digest) const;

  // The file's pages in the operating system's page cache. Dropping affects only those that are
  // written to the disk already and that no process has mapped. Neither can fail.
  void start_writeback(const Digest& digest) const;
  void drop_page_cache(const Digest& digest) const;

  // An upper bound of what the disk uses for a blob: whole blocks, and a directory of its own.
  static std::uint64_t disk_bytes(std::uint64_t size);

  // Removes the files that are older than `mark` and not known: a process was killed after it had
  // written the file and before it had committed the row.
  void sweep(const std::filesystem::path& mark,
             const std::function<bool(const Digest&)>& is_known) const;

 private:
  std::filesystem::path path_of(const Digest& digest) const;

  std::filesystem::path directory_;
};

}  // namespace cbundle
