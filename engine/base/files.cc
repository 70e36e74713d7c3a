#include "engine/base/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
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
          "cannot " + std::string(verb) + " " + path.string() + ": " + words_of_errno(code)};
}

std::int64_t nanoseconds(const timespec& t) { return t.tv_sec * 1'000'000'000 + t.tv_nsec; }

}  // namespace

std::string words_of_errno(int code) { return std::generic_category().message(code); }

Result<std::string> read_file(const fs::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return cannot("read", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return cannot("read", path, errno);

  std::string content;
  content.resize(static_cast<std::size_t>(info.st_size) + 1);  // room to see the end at once
  std::size_t filled = 0;
  for (;;) {
    const ssize_t got = ::read(fd.get(), content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read", path, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled == content.size()) content.resize(filled * 2);
  }
  content.resize(filled);
  return content;
}

Result<Blob> map_file(const fs::path& path) {
  constexpr std::uint64_t worth_a_map = 65536;
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return cannot("read", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return cannot("read", path, errno);
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size < worth_a_map) return Blob(TRY(read_file(path)));
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (start == MAP_FAILED) return cannot("read", path, errno);
  const std::shared_ptr<const void> owner(start, [size](void* p) { ::munmap(p, size); });
  return Blob(owner, {static_cast<const std::byte*>(start), size});
}

Result<void> write_file(const fs::path& path, std::string_view content) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return cannot("write", path, errno);
  while (!content.empty()) {
    const ssize_t put = ::write(fd.get(), content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return cannot("write", path, errno);
    content.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
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
  constexpr std::int64_t two_ticks_ns = 20'000'000;
  return nanoseconds(now) - std::max(stamp.modified_ns, stamp.changed_ns) > two_ticks_ns;
}

Result<TemporaryDirectory> TemporaryDirectory::make(std::string_view prefix) {
  const char* parent = std::getenv("TMPDIR");
  std::string name = parent != nullptr && *parent == '/' ? parent : "/tmp";
  name += '/';
  name += prefix;
  name += "-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    return Error{ErrorKind::unavailable, "cannot make a directory to link in, " + name + ": " +
                                             words_of_errno(errno) +
                                             "\n  set TMPDIR to a place "
                                             "with room"};
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
