#include "daemon/detach.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "engine/base/fd.h"

namespace cbundle {
namespace {

void close_all_but(std::vector<int> needed) {
  std::ranges::sort(needed);
  unsigned first = STDERR_FILENO + 1;
  for (const int fd : needed) {
    const auto next = static_cast<unsigned>(fd);
    if (fd <= STDERR_FILENO || next < first) continue;
    if (next > first) ::close_range(first, next - 1, 0);
    first = next + 1;
  }
  ::close_range(first, ~0U, 0);
}

// Descriptors 0 to 2 are open after this, so that no file or socket opened later gets one of them.
void redirect_standard_streams() {
  const int null = ::open("/dev/null", O_RDWR);
  if (null < 0) return;
  ::dup2(null, STDIN_FILENO);
  if (::fcntl(STDERR_FILENO, F_GETFD) < 0) ::dup2(null, STDERR_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  if (null > STDERR_FILENO) ::close(null);
}

// Root may raise the hard limits too.
void raise_limits() {
  for (const int resource : {RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_CPU, RLIMIT_AS, RLIMIT_DATA,
                             RLIMIT_NPROC, RLIMIT_RSS, RLIMIT_MEMLOCK, RLIMIT_SIGPENDING}) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0) continue;
    const rlimit most{RLIM_INFINITY, RLIM_INFINITY};
    if (resource != RLIMIT_NOFILE && ::setrlimit(resource, &most) == 0) continue;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(resource, &limit);
  }
}

// What a process can take back of nice, ionice, taskset, chrt and choom. Lower priorities than the
// usual one stay, where only root may raise them.
void reset_scheduling() {
  ::setpriority(PRIO_PROCESS, 0, 0);
  const sched_param usual{};
  ::sched_setscheduler(0, SCHED_OTHER, &usual);
  constexpr int who_process = 1;  // IOPRIO_WHO_PROCESS; glibc has no function
  ::syscall(SYS_ioprio_set, who_process, 0, 0);
  cpu_set_t all;
  CPU_ZERO(&all);
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) CPU_SET(cpu, &all);
  ::sched_setaffinity(0, sizeof all, &all);
  const Fd score(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (score) static_cast<void>(write_all(score.get(), "0"));
}

}  // namespace

void detach_from_caller(std::vector<int> needed, DaemonKind kind) {
  redirect_standard_streams();
  close_all_but(std::move(needed));
  ::setsid();  // fails for a process group leader, which its terminal can still interrupt
  if (::chdir("/") != 0) return;
  ::umask(077);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a write past the limit is then an error
  ::signal(SIGCHLD, SIG_DFL);  // if it is ignored, waitpid() reports no exit status
  if (kind != DaemonKind::private_daemon) raise_limits();
  if (kind == DaemonKind::shared) reset_scheduling();
}

}  // namespace cbundle
