// Whole files, whether they have changed, and private directories.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/base/text.h"  // errno_message

namespace cbundle {

// The whole content of `path`, a regular file of at most 2 GiB. Otherwise Error{bad_input} that
// names the path and the reason, or Error{unavailable} where the reason is this process's or the
// disk's: no free descriptors or memory, an I/O error. Never waits, as opening a FIFO would.
Result<std::string> read_file(const std::filesystem::path& path);

// As read_file, but of anything that can be read, such as a pipe: waits for its end.
Result<std::string> read_stream(const std::filesystem::path& path);

// The content of a file that no longer changes, such as a tool's output in a private directory: a
// large one is mapped, not read, and may be unlinked afterwards. The blob owns `directory`, which
// may keep the file from being removed.
Result<Blob> map_file(const std::filesystem::path& path,
                      std::shared_ptr<const void> directory = nullptr);

// Frees the memory of a mapped file until it is read again. Does nothing for other blobs.
void drop_pages(const Blob& blob);

// Creates or replaces `path`; not atomic, for private directories only.
Result<void> write_file(const std::filesystem::path& path, std::string_view content);

// As write_file, but by a hard link to the blob's own file if possible. Neither may then change.
Result<void> link_or_copy(const std::filesystem::path& path, const Blob& blob);

// Metadata of a regular file: as long as all of it is equal, so is the content; but see is_quiet()
// and MountWatch. (A process that has mapped the file may change it and no time of it.)
struct Stamp {
  std::uint64_t device = 0;
  std::uint64_t mount = 0;  // its identity in this mount namespace; 0 before Linux 5.8
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  // mtime, since the epoch
  std::int64_t changed_ns = 0;   // ctime, since the epoch

  bool operator==(const Stamp&) const = default;
};

// One statx. Errors as read_file.
Result<Stamp> stamp_of(const std::filesystem::path& path);

// Of a file of any kind; nothing where there is none. A directory's changes with its entries.
std::optional<Stamp> stamp_if_there(const std::filesystem::path& path);

// The mount that `path` is on; 0 where unknown.
std::uint64_t mount_of(const std::filesystem::path& path);

// The kernel's clock for mtime and ctime ticks every 1 to 10 ms.
inline constexpr std::chrono::milliseconds two_clock_ticks{20};

// How long after a file's last change another one may leave its times as they are: two clock ticks,
// or two seconds where the times have no nanoseconds, as on FAT, or ext4 with inodes of 128 bytes.
std::chrono::nanoseconds unnoticed_time(std::int64_t modified_ns, std::int64_t changed_ns);

// Whether any later change of a file with this stamp will change the stamp.
bool is_quiet(const Stamp& stamp);

// A new directory of mode 0700 under $TMPDIR or /tmp, removed with its content.
class TemporaryDirectory {
 public:
  // `few_bytes`: in /dev/shm if $TMPDIR is not set and there is room. On disk, creating and
  // removing the directory and its files costs a build of 10 KB 1.2 ms of 12.
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

}  // namespace cbundle
