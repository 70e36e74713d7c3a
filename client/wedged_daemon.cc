#include "client/wedged_daemon.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string_view>

#include "engine/base/fd.h"
#include "engine/base/process.h"

namespace cbundle {
namespace {

// Of this user, a regular file, and no link.
Fd open_own(const std::string& path, int flags) {
  Fd file(::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  struct stat info {};
  const bool is_own = file && ::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode) &&
                      info.st_uid == ::geteuid();
  return is_own ? std::move(file) : Fd();
}

// At most one short line.
std::string line_in(const Fd& file) {
  std::array<char, 512> text{};
  const ssize_t got = ::read(file.get(), text.data(), text.size() - 1);
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

void write_word(const std::string& path, const std::string& word) {
  const Fd file = open_own(path, O_WRONLY | O_CREAT);
  if (!file || ::ftruncate(file.get(), 0) != 0) return;
  static_cast<void>(write_all(file.get(), word));
}

std::string lock_word_of(const Paths& paths) { return paths.wedged + "-lock"; }

}  // namespace

pid_t process_behind(pid_t listener) {
  if (listener != 1 && name_of_process(listener) != "systemd") return listener;
  const std::unique_ptr<DIR, int (*)(DIR*)> processes(::opendir("/proc"), ::closedir);
  pid_t found = 0;
  while (const dirent* entry = processes ? ::readdir(processes.get()) : nullptr) {
    const pid_t pid = std::atoi(entry->d_name);
    if (pid <= 0 || !is_own_cbundled(pid) || has_argument(pid, "--private")) continue;
    if (found != 0) return 0;
    found = pid;
  }
  return found;
}

void leave_word_of(const Paths& paths, pid_t pid) {
  const std::optional<ProcessState> state = state_of_process(pid);
  if (!state) return;
  write_word(paths.wedged, std::to_string(pid) + ' ' + std::to_string(state->started) + ' ' +
                               std::to_string(state->cpu_time) + '\n');
}

bool is_known_as_wedged(const Paths& paths) {
  const Fd file = open_own(paths.wedged, O_RDONLY);
  if (!file) return false;
  int pid = 0;
  ProcessState then;
  const std::string line = line_in(file);
  const int count = std::sscanf(line.c_str(), "%d %llu %llu", &pid, &then.started, &then.cpu_time);
  const std::optional<ProcessState> now = count == 3 ? state_of_process(pid) : std::nullopt;
  const bool holds =
      now && now->started == then.started && (now->is_stopped || now->cpu_time == then.cpu_time);
  if (!holds) ::unlink(paths.wedged.c_str());
  return holds;
}

void leave_word_of_lock(const Paths& paths) {
  write_word(lock_word_of(paths), std::to_string(std::time(nullptr)) + '\n');
}

bool is_lock_known_as_held(const Paths& paths) {
  constexpr long long minute = 60;
  const std::string path = lock_word_of(paths);
  const Fd file = open_own(path, O_RDONLY);
  if (!file) return false;
  long long when = 0;
  const std::string line = line_in(file);
  const long long age = std::sscanf(line.c_str(), "%lld", &when) == 1
                            ? static_cast<long long>(std::time(nullptr)) - when
                            : minute;
  if (age >= 0 && age < minute) return true;
  ::unlink(path.c_str());
  return false;
}

}  // namespace cbundle
