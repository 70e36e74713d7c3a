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

Error cannot(std::string_view verb, const fs::path& path, int code) {
  return {ErrorKind::bad_input,
          "cannot " + std::string(verb) + " " + path.string() + ": " + errno_message(code)};
}

std::int64_t nanoseconds(const timespec& t) { return t.tv_sec * 1'000'000'000 + t.tv_nsec; }

}  // namespace

Result<std::string> read_file(const fs::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string content;
  const int code = fd ? read_all(fd.get(), content) : errno;
  if (code != 0) return cannot("read", path, code);
  return content;
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

Result<Stamp> stamp_of(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return cannot("read", path, errno);
  if (S_ISDIR(info.st_mode)) return cannot("read", path, EISDIR);
  return Stamp{info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size),
               nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)};
}

bool is_quiet(const Stamp& stamp) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now) - std::max(stamp.modified_ns, stamp.changed_ns) >
         std::chrono::nanoseconds(two_clock_ticks).count();
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
