#include "client/private_daemon.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/program.h"

namespace cbundle {

Result<PrivateDaemon> PrivateDaemon::start(const Environment& environment, bool with_cache,
                                           Timeouts timeouts) {
  std::string program = TRY(find_program(environment));
  Ends ends = TRY(make_socket_pair());
  std::vector<std::string> arguments{"--one-shot"};
  if (!with_cache) arguments.emplace_back("--no-cache");
  const pid_t process =
      TRY(start_program({std::move(program), std::move(arguments), ends.theirs.get()}));
  return PrivateDaemon(process, std::make_unique<Connection>(std::move(ends.ours), timeouts));
}

PrivateDaemon::~PrivateDaemon() {
  constexpr int max_wait_ms = 10'000;
  if (!connection_) return;
  connection_.reset();
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)));
  if (!process) return;
  pollfd waiting{process.get(), POLLIN, 0};
  if (::poll(&waiting, 1, max_wait_ms) == 0) ::kill(process_, SIGTERM);
  ::waitpid(process_, nullptr, WNOHANG);
}

}  // namespace cbundle
