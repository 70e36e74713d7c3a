// Creates, fills and renames temporary files; signals remove them.
#include "client/temporary_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace cbundle {
namespace {

constexpr int deadly_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGXFSZ};

// What a signal's handler has to remove; it may read nothing that is not atomic.
std::atomic<const char*> doomed[4];

void remove_and_die(int signal) {
  for (const auto& path : doomed) {
    if (const char* name = path.load()) ::unlink(name);
  }
  ::raise(signal);  // with its usual effect, for SA_RESETHAND has put that back
}

void watch_signals() {
  static bool watching = false;
  if (watching) return;
  watching = true;
  for (const int signal : deadly_signals) {
    struct sigaction former {};
    struct sigaction ours {};
    ours.sa_handler = remove_and_die;
    ours.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    ::sigaction(signal, &ours, &former);
    if (former.sa_handler == SIG_IGN) ::sigaction(signal, &former, nullptr);
  }
}

void doom(const char* path) {
  for (auto& slot : doomed) {
    const char* empty = nullptr;
    if (slot.compare_exchange_strong(empty, path)) return;
  }
}

void spare(const char* path) {
  for (auto& slot : doomed) {
    const char* held = path;
    if (slot.compare_exchange_strong(held, nullptr)) return;
  }
}

// A short name of its own, for that of the target may be as long as names can be.
std::string name_beside(const std::string& target, int number) {
  return target.substr(0, target.rfind('/') + 1) + ".cbundle-" + std::to_string(::getpid()) + '-' +
         std::to_string(number) + ".tmp";
}

}  // namespace

std::unique_ptr<TemporaryFile> TemporaryFile::create_beside(const std::string& target) {
  watch_signals();
  std::unique_ptr<TemporaryFile> file(new TemporaryFile);
  constexpr int tries = 100;
  for (int number = 0; number < tries; ++number) {
    file->path_ = name_beside(target, number);
    const char* path = file->path_.c_str();
    doom(path);  // first, so that no signal finds the file there and unknown
    file->file_ = Descriptor(::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file->file_) return file;
    spare(path);
    file->path_.clear();
    if (errno != EEXIST) break;  // that would be left by a process of our number, killed outright
  }
  return nullptr;
}

TemporaryFile::~TemporaryFile() {
  if (path_.empty()) return;
  ::unlink(path_.c_str());
  spare(path_.c_str());
}

int TemporaryFile::append(std::string_view bytes) { return write_all(file_.get(), bytes); }

int TemporaryFile::set_mode(mode_t mode) { return ::fchmod(file_.get(), mode) == 0 ? 0 : errno; }

int TemporaryFile::become(const std::string& target, bool replaces) {
  if (!file_.close()) return errno;
  // A rename over a file makes ext4 flush: 71 us for 20 KB. Exchanging the two, then removing the
  // old one under our name (by the destructor), takes 39. Not every file system can.
  const char* path = path_.c_str();
  if (replaces && ::renameat2(AT_FDCWD, path, AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) {
    return 0;
  }
  if (::rename(path, target.c_str()) != 0) return errno;
  spare(path);
  path_.clear();
  return 0;
}

}  // namespace cbundle
