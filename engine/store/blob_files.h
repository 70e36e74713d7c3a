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

  void remove_unfinished() const;  // what writes that were cut off have left behind

  // Written beside, then renamed. Only one thread may write at a time. Error{unavailable}, with
  // nothing left behind, where there is no room.
  Result<void> write(const Digest& digest, const Blob& blob) const;

  // Nothing where there is no such file. The bytes are not judged.
  Result<std::optional<std::string>> read(const Digest& digest) const;

  bool has(const Digest& digest) const;
  void remove(const Digest& digest) const;

  // The file's part of the operating system's page cache. What is to be let go must have been
  // written out before; what is not stays. Where it cannot be done, nothing happens.
  void begin_to_write_out(const Digest& digest) const;
  void let_go(const Digest& digest) const;

  // What the disk uses for a blob, never too little: whole blocks, and a directory of its own.
  static std::uint64_t disk_bytes(std::uint64_t size);

  // Removes the files that were there before `mark` was last written and that `is_known` does
  // not know: what a process that was killed between a file and its row left.
  void sweep(const std::filesystem::path& mark,
             const std::function<bool(const Digest&)>& is_known) const;

 private:
  std::filesystem::path path_of(const Digest& digest) const;

  std::filesystem::path directory_;
};

}  // namespace cbundle
