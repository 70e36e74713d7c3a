// Private directories that tools work in, all in one directory of this process, which the next
// process removes where this one was killed.
#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/base/result.h"

namespace cbundle {

// A new directory of mode 0700, removed with its content by the destructor. Many threads may make
// some.
class WorkDirectory {
 public:
  // For tools that will need about `bytes`. The first of these with room: $TMPDIR, /dev/shm for a
  // few bytes (on disk, creating and removing the files costs a build of 10 KB 1.2 ms of 12), /tmp,
  // /var/tmp, /dev/shm. Error{unavailable} where none can be written.
  static Result<WorkDirectory> make(std::uint64_t bytes);

  WorkDirectory(WorkDirectory&& other) noexcept;
  WorkDirectory& operator=(WorkDirectory&&) = delete;
  ~WorkDirectory();

  const std::filesystem::path& path() const { return path_; }

  // Removes this process's directory in each place, for a process that ends by _exit().
  static void leave();

  // Removes what processes of this user that were killed have left in those places. One that runs
  // holds a lock on its own.
  static void sweep();

 private:
  explicit WorkDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace cbundle
