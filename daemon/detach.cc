#include "daemon/detach.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

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

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void detach_from_caller(std::vector<int> needed) {
  redirect_standard_streams();
  close_all_but(std::move(needed));
  ::setsid();  // fails for a process group leader, which its terminal can still interrupt
  if (::chdir("/") != 0) return;
  ::umask(077);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);  // if it is ignored, waitpid() reports no exit status
  raise_descriptor_limit();
}

}  // namespace cbundle
