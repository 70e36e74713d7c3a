#include "daemon/predecessor.h"

#include <poll.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "engine/base/fd.h"
#include "engine/base/process.h"
#include "engine/store/cache_directory.h"

namespace cbundle {

void replace_predecessor(const std::filesystem::path& cache_directory,
                         std::chrono::milliseconds limit) {
  const pid_t process = CacheDirectory(cache_directory).last_owner();
  if (process <= 0 || process == ::getpid()) return;
  const Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  const bool is_of_unit = has_variable(process, "LISTEN_PID=" + std::to_string(process));
  // The lock's process number may be an old one, which another program has now.
  if (!handle || !is_own_cbundled(process) || is_of_unit) return;
  if (has_argument(process, "--private")) {
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
