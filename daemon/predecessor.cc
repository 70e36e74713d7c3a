#include "daemon/predecessor.h"

#include <poll.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "engine/base/fd.h"
#include "engine/base/files.h"
#include "engine/store/cache_directory.h"

namespace cbundle {
namespace {

// Empty where it cannot be read.
std::string content_of(pid_t process, const char* name) {
  const auto content = read_file("/proc/" + std::to_string(process) + '/' + name);
  return content ? content.value() : std::string();
}

// The lock's process number may be an old one, which another program has now.
bool is_own_cbundled(pid_t process) {
  struct stat info {};
  const std::string directory = "/proc/" + std::to_string(process);
  return ::stat(directory.c_str(), &info) == 0 && info.st_uid == ::geteuid() &&
         content_of(process, "comm") == "cbundled\n";
}

// Whether a list of strings, each with its NUL, has `wanted`.
bool has_string(std::string_view list, const std::string& wanted) {
  return list.starts_with(wanted + '\0') || list.find('\0' + wanted + '\0') != list.npos;
}

bool is_private(pid_t process) { return has_string(content_of(process, "cmdline"), "--private"); }

bool is_of_unit(pid_t process) {
  return has_string(content_of(process, "environ"), "LISTEN_PID=" + std::to_string(process));
}

}  // namespace

void replace_predecessor(const std::filesystem::path& cache_directory,
                         std::chrono::milliseconds limit) {
  const pid_t process = CacheDirectory(cache_directory).last_owner();
  if (process <= 0 || process == ::getpid()) return;
  const Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!handle || !is_own_cbundled(process) || is_of_unit(process)) return;
  if (is_private(process)) {
    spdlog::info("waiting for the private daemon {}, which has the cache", process);
  } else {
    spdlog::info("asking the daemon {}, which a client started, to end", process);
    ::syscall(SYS_pidfd_send_signal, handle.get(), SIGTERM, nullptr, 0);
  }
  pollfd ended{handle.get(), POLLIN, 0};
  const bool has_ended = ::poll(&ended, 1, static_cast<int>(limit.count())) == 1;
  if (has_ended) return spdlog::info("the daemon {} has ended", process);
  spdlog::warn("the daemon {} has not ended within {} ms", process, limit.count());
}

}  // namespace cbundle
