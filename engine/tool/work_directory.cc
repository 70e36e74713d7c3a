#include "engine/tool/work_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <map>
#include <string>
#include <vector>

#include "engine/base/fd.h"
#include "engine/base/guarded.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "cbundle-work-";
constexpr std::string_view lock_name = "lock";

// A process's own directory in one place, locked while the process runs.
class Root {
 public:
  static Result<Root> make(const std::string& place) {
    for (;;) {
      std::string name = place + '/' + std::string(prefix) + "XXXXXX";
      if (::mkdtemp(name.data()) == nullptr) return cannot_create(name);
      const fs::path path = name;
      Fd lock(::open((path / lock_name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
      if (!lock) {
        const Error error = cannot_create(name);
        ::rmdir(path.c_str());
        return error;
      }
      // Another process may sweep it before it is locked.
      struct stat info {};
      const bool is_ours = ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0 &&
                           ::fstat(lock.get(), &info) == 0 && info.st_nlink > 0;
      if (is_ours) return Root(path, std::move(lock));
    }
  }

  Root(Root&& other) noexcept
      : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
  Root& operator=(Root&&) = delete;
  ~Root() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

 private:
  static Error cannot_create(const std::string& name) {
    return {ErrorKind::unavailable,
            "cannot create the temporary directory " + name + ": " + errno_message(errno),
            "set TMPDIR to a directory with free space"};
  }

  Root(fs::path path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  fs::path path_;
  Fd lock_;
};

// In a container /dev/shm has 64 MiB, which a few small links at once must not use up.
bool has_room(const std::string& place, std::uint64_t bytes) {
  constexpr std::uint64_t least_bytes = std::uint64_t{32} << 20;
  constexpr std::uint64_t least_files = 1000;
  struct statvfs info {};
  if (::access(place.c_str(), W_OK | X_OK) != 0 || ::statvfs(place.c_str(), &info) != 0) {
    return false;
  }
  const bool has_files = info.f_files == 0 || info.f_favail >= least_files;  // 0: no limit
  const std::uint64_t free = std::uint64_t{info.f_bavail} * info.f_frsize;
  return has_files && free >= std::max(least_bytes, bytes);
}

constexpr const char* in_memory = "/dev/shm";

std::vector<std::string> places(bool few_bytes) {
  std::vector<std::string> all;
  const char* named = std::getenv("TMPDIR");
  if (named != nullptr && *named == '/') {
    all.emplace_back(named);
  } else if (few_bytes) {
    all.emplace_back(in_memory);
  }
  all.insert(all.end(), {"/tmp", "/var/tmp", in_memory});
  return all;
}

using Roots = Guarded<std::map<std::string, Root>>;  // by place

// This process's.
Roots& own_roots() {
  static Roots roots;
  return roots;
}

// The directory in the first place that can be used; where `needs_room`, that has some.
Result<fs::path> new_directory(std::uint64_t bytes, bool needs_room) {
  static std::atomic<std::uint64_t> count = 0;
  constexpr std::uint64_t few = 256 << 10;
  Error error{ErrorKind::unavailable, "no place for temporary files has room",
              "set TMPDIR to a directory with free space"};
  for (const std::string& place : places(bytes <= few)) {
    if (needs_room && !has_room(place, bytes)) continue;
    const auto known = own_roots().lock();
    auto root = known->find(place);
    // Whoever cleans up the place may have removed it.
    if (root != known->end() && ::access(root->second.path().c_str(), W_OK) != 0) {
      root = (known->erase(root), known->end());
    }
    if (root == known->end()) {
      Result<Root> fresh = Root::make(place);
      if (!fresh) {
        error = fresh.error();
        continue;
      }
      root = known->emplace(place, std::move(fresh).value()).first;
    }
    const fs::path path = root->second.path() / std::to_string(++count);
    if (::mkdir(path.c_str(), 0700) == 0) return path;
    error.diagnostics.front().message =
        "cannot create " + path.string() + ": " + errno_message(errno);
  }
  return error;
}

// Where its owner has gone: one that runs holds the lock. One without a lock is being made, or
// was when its owner was killed.
bool is_abandoned(const fs::path& root) {
  constexpr std::time_t minute = 60;
  struct stat info {};
  if (::lstat(root.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != ::geteuid()) {
    return false;
  }
  const Fd lock(::open((root / lock_name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!lock) return errno == ENOENT && std::time(nullptr) - info.st_mtime > minute;
  return ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

Result<WorkDirectory> WorkDirectory::make(std::uint64_t bytes) {
  Result<fs::path> path = new_directory(bytes, true);
  if (!path) path = new_directory(bytes, false);
  if (!path) return path.error();
  return WorkDirectory(std::move(path).value());
}

WorkDirectory::WorkDirectory(WorkDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

WorkDirectory::~WorkDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

void WorkDirectory::leave() { own_roots().lock()->clear(); }

void WorkDirectory::sweep() {
  for (const std::string& place : places(true)) {
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(place, code)) {
      const fs::path& root = entry.path();
      if (!root.filename().native().starts_with(prefix) || !is_abandoned(root)) continue;
      std::error_code ignored;
      fs::remove_all(root, ignored);
    }
  }
}

}  // namespace cbundle
