#include "engine/store/cache_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/base/files.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view broken_prefix = "store.db.broken-";

Error unusable(const fs::path& path, const std::string& why) {
  return {ErrorKind::unavailable, "the cache directory " + path.string() + " " + why,
          "set CBUNDLE_CACHE_DIR to another directory"};
}

Result<void> make_private(const fs::path& path) {
  std::error_code failed;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), failed);
  if (!failed && ::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    failed.assign(errno, std::generic_category());
  }
  if (failed) return unusable(path, "cannot be created: " + failed.message());
  return {};
}

// Whoever else can write here could put results into the cache. Others' right to read is taken
// away.
Result<void> require_own(const fs::path& path) {
  const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat info {};
  if (!directory || ::fstat(directory.get(), &info) != 0) {
    return unusable(path, "cannot be opened: " + errno_message(errno));
  }
  if (info.st_uid != ::geteuid()) {
    return unusable(path, "belongs to user " + std::to_string(info.st_uid) + ", not to user " +
                              std::to_string(::geteuid()));
  }
  if ((info.st_mode & 022) != 0) return unusable(path, "is writable by others");
  if ((info.st_mode & 0777) != 0700 && ::fchmod(directory.get(), 0700) != 0) {
    return unusable(path, "cannot be made private: " + errno_message(errno));
  }
  return {};
}

// A file for locks, which nobody has put in place of another one.
Result<Fd> open_lock(const fs::path& directory, const fs::path& path) {
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!file && errno == ELOOP) return unusable(directory, "has a symbolic link as its lock");
  if (!file) return unusable(directory, "cannot be written: " + errno_message(errno));
  struct stat info {};
  const bool is_own = ::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode) &&
                      info.st_uid == ::geteuid() && info.st_nlink == 1;
  if (!is_own) return unusable(directory, "has a lock that is not a file of its own");
  return file;
}

Result<void> refuse_network(const fs::path& path) {
  struct statfs about {};
  if (::statfs(path.c_str(), &about) != 0) {
    return unusable(path, "cannot be read: " + errno_message(errno));
  }
  const std::string_view name = network_file_system(about.f_type);
  if (name.empty()) return {};
  return Error{ErrorKind::unavailable,
               "the cache directory " + path.string() + " is on a network file system (" +
                   std::string(name) + "), where a database is not safe",
               "set CBUNDLE_CACHE_DIR to a directory on a disk of this machine"};
}

pid_t owner_in(int lock) {
  std::array<char, 24> text{};
  const ssize_t got = ::pread(lock, text.data(), text.size(), 0);
  pid_t pid = 0;
  if (got > 0) std::from_chars(text.data(), text.data() + got, pid);
  return pid;
}

std::string holder_of(int lock) {
  const pid_t pid = owner_in(lock);
  return pid > 0 ? "process " + std::to_string(pid) : "another process";
}

std::uint64_t file_bytes(const fs::path& path) {
  std::error_code missing;
  const auto size = fs::file_size(path, missing);
  return missing ? 0 : size;
}

// The numbers N of the broken databases, smallest and oldest first.
std::vector<unsigned> broken_numbers(const fs::path& directory) {
  std::vector<unsigned> numbers;
  std::error_code failed;
  for (fs::directory_iterator file(directory, failed); !failed && file != fs::directory_iterator();
       file.increment(failed)) {
    const std::string name = file->path().filename();
    if (!name.starts_with(broken_prefix)) continue;
    const char* end = name.data() + name.size();
    unsigned number = 0;
    const auto read = std::from_chars(name.data() + broken_prefix.size(), end, number);
    if (read.ec == std::errc() && read.ptr == end) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

fs::path broken_path(const fs::path& directory, unsigned number) {
  return directory / (std::string(broken_prefix) + std::to_string(number));
}

}  // namespace

std::string_view network_file_system(std::int64_t type) {
  struct Known {
    std::uint32_t type;
    std::string_view name;
  };
  static constexpr std::array known{
      Known{0x6969, "NFS"},        Known{0x517b, "SMB"},      Known{0xfe534d42, "SMB"},
      Known{0xff534d42, "CIFS"},   Known{0x5346414f, "AFS"},  Known{0x6b414653, "AFS"},
      Known{0x73757245, "Coda"},   Known{0x01021997, "9P"},   Known{0x00c36400, "Ceph"},
      Known{0x0bd00bd0, "Lustre"}, Known{0x47504653, "GPFS"}, Known{0x564c, "NCP"},
  };
  // f_type is a signed int on some machines, which extends its highest bit.
  const auto* found = std::ranges::find(known, static_cast<std::uint32_t>(type), &Known::type);
  return found == known.end() ? std::string_view() : found->name;
}

Result<Fd> CacheDirectory::open_for_locks(const std::filesystem::path& file) const {
  TRY(make_private(path_));
  TRY(require_own(path_));
  TRY(refuse_network(path_));
  return open_lock(path_, file);
}

pid_t CacheDirectory::last_owner() const {
  const Fd file(::open(lock_file().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  return file ? owner_in(file.get()) : 0;
}

Result<Fd> CacheDirectory::slots() const { return open_for_locks(path_ / "slots"); }

Result<Fd> CacheDirectory::lock() const {
  Fd file = TRY(open_for_locks(lock_file()));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return unusable(path_, "cannot be locked: " + errno_message(errno));
    return unusable(path_, "is in use by another cbundled, " + holder_of(file.get()));
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  // Only a message shows the number, so the cache works without it, as on a full disk.
  const bool written =
      ::ftruncate(file.get(), 0) == 0 && ::pwrite(file.get(), pid.data(), pid.size(), 0) > 0;
  static_cast<void>(written);
  return file;
}

Result<void> CacheDirectory::quarantine_database() const {
  constexpr std::size_t max_broken = 2;
  std::vector<unsigned> numbers = broken_numbers(path_);
  const unsigned next = numbers.empty() ? 1 : numbers.back() + 1;
  std::error_code failed;
  fs::rename(database(), broken_path(path_, next), failed);
  if (failed && failed != std::errc::no_such_file_or_directory) {
    return unusable(path_, "holds a broken database that cannot be renamed: " + failed.message());
  }
  numbers.push_back(next);
  std::error_code ignored;
  for (std::size_t i = 0; i + max_broken < numbers.size(); ++i) {
    fs::remove_all(broken_path(path_, numbers[i]), ignored);
  }
  fs::remove(log(), ignored);
  fs::remove(path_ / "store.db-shm", ignored);
  fs::remove_all(blobs(), ignored);
  return {};
}

std::uint64_t CacheDirectory::broken_bytes() const {
  std::uint64_t bytes = 0;
  for (const unsigned number : broken_numbers(path_)) {
    bytes += file_bytes(broken_path(path_, number));
  }
  return bytes;
}

void CacheDirectory::remove_broken() const {
  std::error_code ignored;
  for (const unsigned number : broken_numbers(path_)) {
    fs::remove_all(broken_path(path_, number), ignored);
  }
}

std::uint64_t CacheDirectory::bytes_without_blobs() const {
  return file_bytes(database()) + file_bytes(log()) + file_bytes(path_ / "store.db-shm") +
         file_bytes(lock_file()) + broken_bytes();
}

}  // namespace cbundle
