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

constexpr int fatal_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGXFSZ};

// The files that the signal handler removes; it may read atomics only.
std::atomic<const char*> registered[4];

void remove_and_die(int signal) {
  for (const auto& path : registered) {
    if (const char* name = path.load()) ::unlink(name);
  }
  ::raise(signal);  // SA_RESETHAND has restored the default action
}

void install_handlers() {
  static bool installed = false;
  if (installed) return;
  installed = true;
  for (const int signal : fatal_signals) {
    struct sigaction former {};
    struct sigaction ours {};
    ours.sa_handler = remove_and_die;
    ours.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    ::sigaction(signal, &ours, &former);
    if (former.sa_handler == SIG_IGN) ::sigaction(signal, &former, nullptr);
  }
}

void register_file(const char* path) {
  for (auto& slot : registered) {
    const char* empty = nullptr;
    if (slot.compare_exchange_strong(empty, path)) return;
  }
}

void unregister_file(const char* path) {
  for (auto& slot : registered) {
    const char* held = path;
    if (slot.compare_exchange_strong(held, nullptr)) return;
  }
}

// Short, since the name of the target may be as long as names can be.
std::string name_beside(const std::string& target, int number) {
  return target.substr(0, target.rfind('/') + 1) + ".cbundle-" + std::to_string(::getpid()) + '-' +
         std::to_string(number) + ".tmp";
}

}  // namespace

std::unique_ptr<TemporaryFile> TemporaryFile::create_beside(const std::string& target) {
  install_handlers();
  std::unique_ptr<TemporaryFile> file(new TemporaryFile);
  constexpr int tries = 100;
  for (int number = 0; number < tries; ++number) {
    file->path_ = name_beside(target, number);
    const char* path = file->path_.c_str();
    register_file(path);  // before it exists, so that a signal always removes it
    file->file_ = Fd(::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file->file_) return file;
    unregister_file(path);
    file->path_.clear();
    if (errno != EEXIST) break;  // left by a process of the same pid that SIGKILL ended
  }
  return nullptr;
}

TemporaryFile::~TemporaryFile() {
  if (path_.empty()) return;
  ::unlink(path_.c_str());
  unregister_file(path_.c_str());
}

int TemporaryFile::append(std::string_view bytes) { return write_all(file_.get(), bytes); }

int TemporaryFile::set_mode(mode_t mode) { return ::fchmod(file_.get(), mode) == 0 ? 0 : errno; }

int TemporaryFile::rename_to(const std::string& target, bool replaces) {
  if (!file_.close()) return errno;
  // A rename over a file makes ext4 flush: 71 us for 20 KB. Exchanging the two, then removing the
  // old one under the temporary name (in the destructor), takes 39. Not every file system can.
  const char* path = path_.c_str();
  if (replaces && ::renameat2(AT_FDCWD, path, AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) {
    return 0;
  }
  if (::rename(path, target.c_str()) != 0) return errno;
  unregister_file(path);
  path_.clear();
  return 0;
}

}  // namespace cbundle
