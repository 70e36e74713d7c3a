// Files: reading and writing them whole, telling whether they changed, and private directories.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace cbundle {

// The whole content of `path`. A file that is missing or unreadable is Error{bad_input} that
// names the path and the system's reason.
Result<std::string> read_file(const std::filesystem::path& path);

// The same of a file that nobody changes any more, such as what a tool left in a private directory:
// a large one is mapped, not read, and may be unlinked meanwhile. `place` is what keeps the file
// where it is; the blob holds on to it.
Result<Blob> map_file(const std::filesystem::path& path,
                      std::shared_ptr<const void> place = nullptr);

// Takes what was mapped of a file out of this process's memory, until it is looked at again. Of
// bytes that are no file's, nothing.
void unload(const Blob& blob);

// Creates or replaces `path`; not atomic, for private directories only.
Result<void> write_file(const std::filesystem::path& path, std::string_view content);

// The same, by a link to the blob's own file where that can be. Nobody may change either then.
Result<void> put_file(const std::filesystem::path& path, const Blob& blob);

// What a file looked like: while all of this stays, so does the content.
struct Stamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  // mtime, since the epoch
  std::int64_t changed_ns = 0;   // ctime, since the epoch

  bool operator==(const Stamp&) const = default;
};

// One statx. Errors as read_file; a directory is an error too.
Result<Stamp> stamp_of(const std::filesystem::path& path);

// The kernel's clock for mtime and ctime ticks every 1 to 10 ms.
inline constexpr std::chrono::milliseconds two_clock_ticks{20};

// Whether any later change of a file with this stamp will change the stamp: its last change is more
// than two clock ticks ago.
bool is_quiet(const Stamp& stamp);

// A fresh 0700 directory under $TMPDIR or /tmp, removed with all it holds.
class TemporaryDirectory {
 public:
  // What is for `few_bytes` is made in memory instead, where there is no $TMPDIR and enough room:
  // on disk, making and removing it and its files costs a build of 10 KB 1.2 ms of 12.
  enum class Use { few_bytes, any };

  static Result<TemporaryDirectory> make(std::string_view prefix, Use use = Use::any);
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// "No such file or directory" for ENOENT.
std::string errno_message(int code);

}  // namespace cbundle
