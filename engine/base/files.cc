#include "engine/base/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <system_error>

#include "engine/base/fd.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

// Whether another process may fare better.
bool is_shortage(int code) {
  switch (code) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EIO: return true;
    default: return false;
  }
}

Error cannot(std::string_view verb, const fs::path& path, int code) {
  return {is_shortage(code) ? ErrorKind::unavailable : ErrorKind::bad_input,
          "cannot " + std::string(verb) + " " + path.string() + ": " + errno_message(code)};
}

// Error{bad_input} for anything but a regular file.
Result<void> require_regular(const fs::path& path, unsigned mode) {
  if (S_ISREG(mode)) return {};
  const char* kind = S_ISDIR(mode)    ? "a directory"
                     : S_ISFIFO(mode) ? "a pipe"
                     : S_ISSOCK(mode) ? "a socket"
                                      : "a device";
  return Error{ErrorKind::bad_input, path.string() + " is " + kind + ", not a regular file",
               "write its content to a file, and name that"};
}

constexpr std::int64_t second = 1'000'000'000;  // nanoseconds

std::int64_t nanoseconds(const statx_timestamp& t) { return t.tv_sec * second + t.tv_nsec; }

}  // namespace

namespace {

Result<std::string> content_of(const Fd& fd, const fs::path& path) {
  std::string content;
  const int code = fd ? read_all(fd.get(), content) : errno;
  if (code != 0) return cannot("read", path, code);
  return content;
}

}  // namespace

Result<std::string> read_file(const fs::path& path) {
  constexpr off_t max_size = off_t{2} << 30;
  const Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat info {};
  if (!fd && errno == ENXIO) return require_regular(path, S_IFSOCK).error();
  if (!fd || ::fstat(fd.get(), &info) != 0) return cannot("read", path, errno);
  TRY(require_regular(path, info.st_mode));
  if (info.st_size > max_size) {
    return Error{ErrorKind::bad_input, path.string() + " has " + std::to_string(info.st_size) +
                                           " bytes, more than the limit of 2 GiB"};
  }
  return content_of(fd, path);
}

Result<std::string> read_stream(const fs::path& path) {
  return content_of(Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), path);
}

namespace {

class Mapping {
 public:
  Mapping(void* start, std::size_t size, std::string path, std::shared_ptr<const void> directory)
      : start_(start), size_(size), path_(std::move(path)), directory_(std::move(directory)) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { ::munmap(start_, size_); }

  Bytes bytes() const { return {static_cast<const std::byte*>(start_), size_}; }
  const char* path() const { return path_.c_str(); }

 private:
  void* start_;
  std::size_t size_;
  std::string path_;
  std::shared_ptr<const void> directory_;
};

}  // namespace

Result<Blob> map_file(const fs::path& path, std::shared_ptr<const void> directory) {
  constexpr std::uint64_t min_mapped = 65536;
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return cannot("read", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return cannot("read", path, errno);
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size < min_mapped) return Blob(TRY(read_file(path)));
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (start == MAP_FAILED) return cannot("read", path, errno);
  const auto mapping =
      std::make_shared<const Mapping>(start, size, path.native(), std::move(directory));
  return Blob(mapping, mapping->bytes(), mapping->path());
}

void drop_pages(const Blob& blob) {
  if (blob.file() == nullptr) return;
  void* start = const_cast<std::byte*>(blob.bytes().data());  // NOLINT: nothing is written
  static_cast<void>(::madvise(start, blob.size(), MADV_DONTNEED));
}

Result<void> write_file(const fs::path& path, std::string_view content) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const int code = fd ? write_all(fd.get(), content) : errno;
  if (code != 0) return cannot("write", path, code);
  return {};
}

Result<void> link_or_copy(const fs::path& path, const Blob& blob) {
  ::unlink(path.c_str());
  if (blob.file() != nullptr && ::link(blob.file(), path.c_str()) == 0) return {};
  return write_file(path, blob.text());
}

namespace {

constexpr unsigned mount_id = 0x1000;  // STATX_MNT_ID, missing in older headers

// Where the kernel does not know statx's mount, stx_mnt_id is 0.
int statx_of(const fs::path& path, struct statx& info) {
  return ::statx(AT_FDCWD, path.c_str(), AT_STATX_SYNC_AS_STAT, STATX_BASIC_STATS | mount_id,
                 &info);
}

Stamp stamp_in(const struct statx& info) {
  const std::uint64_t device = std::uint64_t{info.stx_dev_major} << 32 | info.stx_dev_minor;
  return {device,
          info.stx_mnt_id,
          info.stx_ino,
          info.stx_size,
          nanoseconds(info.stx_mtime),
          nanoseconds(info.stx_ctime)};
}

}  // namespace

Result<Stamp> stamp_of(const fs::path& path) {
  struct statx info {};
  if (statx_of(path, info) != 0) return cannot("read", path, errno);
  TRY(require_regular(path, info.stx_mode));
  return stamp_in(info);
}

std::optional<Stamp> stamp_if_there(const fs::path& path) {
  struct statx info {};
  return statx_of(path, info) == 0 ? std::optional(stamp_in(info)) : std::nullopt;
}

std::uint64_t mount_of(const fs::path& path) {
  struct statx info {};
  return statx_of(path, info) == 0 ? info.stx_mnt_id : 0;
}

std::chrono::nanoseconds unnoticed_time(std::int64_t modified_ns, std::int64_t changed_ns) {
  const bool has_whole_seconds = modified_ns % second == 0 && changed_ns % second == 0;
  return has_whole_seconds ? std::chrono::seconds(2) + two_clock_ticks : two_clock_ticks;
}

bool is_quiet(const Stamp& stamp) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t age =
      now.tv_sec * second + now.tv_nsec - std::max(stamp.modified_ns, stamp.changed_ns);
  return age > unnoticed_time(stamp.modified_ns, stamp.changed_ns).count();
}

namespace {

// In a container /dev/shm has 64 MiB, which a few small links at once must not use up.
bool has_room_in_memory(const char* directory) {
  constexpr std::uint64_t enough = std::uint64_t{32} << 20;
  struct statvfs info {};
  return ::access(directory, W_OK) == 0 && ::statvfs(directory, &info) == 0 &&
         std::uint64_t{info.f_bavail} * info.f_frsize >= enough;
}

std::string parent_for(TemporaryDirectory::Use use) {
  const char* named = std::getenv("TMPDIR");
  if (named != nullptr && *named == '/') return named;
  constexpr const char* in_memory = "/dev/shm";
  const bool is_small = use == TemporaryDirectory::Use::few_bytes;
  return is_small && has_room_in_memory(in_memory) ? in_memory : "/tmp";
}

}  // namespace

Result<TemporaryDirectory> TemporaryDirectory::make(std::string_view prefix, Use use) {
  std::string name = parent_for(use) + '/';
  name += prefix;
  name += "-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    return Error{ErrorKind::unavailable,
                 "cannot create the temporary directory " + name + ": " + errno_message(errno),
                 "set TMPDIR to a directory with free space"};
  }
  return TemporaryDirectory(name);
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace cbundle
