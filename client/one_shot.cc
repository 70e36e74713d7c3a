// Starts a one-shot on a socket pair, and sees it off.
#include "client/one_shot.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/program.h"

namespace cbundle {
namespace {

constexpr int max_farewell_ms = 10'000;

}  // namespace

Expected<OneShot> OneShot::start(const Environment& environment, bool with_cache,
                                 Patience patience) {
  auto program = find_program(environment);
  if (!program) return program.failure();
  auto ends = make_socket_pair();
  if (!ends) return ends.failure();
  std::vector<std::string> arguments{"--one-shot"};
  if (!with_cache) arguments.emplace_back("--no-cache");
  auto process = start_program({*program, std::move(arguments), ends->theirs.get()});
  if (!process) return process.failure();
  return OneShot(*process, std::make_unique<Connection>(std::move(ends->ours), patience));
}

OneShot::~OneShot() {
  if (!connection_) return;
  connection_.reset();
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)));
  if (!process) return;
  pollfd waiting{process.get(), POLLIN, 0};
  if (::poll(&waiting, 1, max_farewell_ms) == 0) ::kill(process_, SIGTERM);
  ::waitpid(process_, nullptr, WNOHANG);
}

}  // namespace cbundle
