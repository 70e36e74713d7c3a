// Connects to the daemon's socket; starts the daemon under a lock.
#include "client/daemon.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "client/program.h"

namespace cbundle {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr off_t max_log = 1 << 20;
constexpr std::size_t max_quote = 2000;  // bytes of the log in an error

std::string reason() { return std::strerror(errno); }

// Empty, or who else is at the other end.
std::string trouble_with_peer(int socket, const std::string& path) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return "cannot tell whose the socket " + path + " is: " + reason();
  }
  if (peer.uid == ::geteuid()) return {};
  return "the socket " + path + " is served by user " + std::to_string(peer.uid) + ", not by us";
}

Expected<Descriptor> lock_start(const std::string& path, steady_clock::time_point deadline) {
  Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return Failure{ExitCode::internal, "cannot open the lock " + path + ": " + reason()};
  // There is no flock with a deadline. Ten milliseconds are nothing beside a daemon's start.
  constexpr timespec pause{0, 10'000'000};
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return Failure{ExitCode::internal, "cannot lock " + path + ": " + reason()};
    }
    if (steady_clock::now() >= deadline) {
      return Failure{ExitCode::internal, "another client holds " + path +
                                             ", but the daemon that it starts does not come"};
    }
    ::nanosleep(&pause, nullptr);
  }
  return lock;
}

// The log, and where it ended before the daemon was started.
struct Log {
  Descriptor file;
  off_t begin = 0;
};

Log open_log(const std::string& path) {
  Log log{Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600))};
  if (!log.file) return log;
  struct stat info {};
  if (::fstat(log.file.get(), &info) != 0) return log;
  const bool is_full = info.st_size > max_log;
  if (is_full && ::ftruncate(log.file.get(), 0) == 0) info.st_size = 0;
  log.begin = info.st_size;
  return log;
}

// What the daemon said since it was started: its last lines, set in.
std::string words_in(const Log& log) {
  struct stat info {};
  if (!log.file || ::fstat(log.file.get(), &info) != 0) return {};
  const off_t begin = std::max(log.begin, info.st_size - static_cast<off_t>(max_quote));
  char text[max_quote];
  const ssize_t size = ::pread(log.file.get(), text, sizeof text, begin);
  if (size <= 0) return {};
  std::string_view rest(text, static_cast<std::size_t>(size));
  if (begin > log.begin) rest.remove_prefix(std::min(rest.find('\n') + 1, rest.size()));
  std::string quote;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    (quote += "\n    ") += rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return quote;
}

// "ready" from the daemon, the end of the pipe from one that gave up, or neither in time.
enum class Readiness { ready, gone, late };

Readiness wait_until_ready(int pipe, steady_clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    pollfd waiting{pipe, POLLIN, 0};
    const int count =
        ::poll(&waiting, 1, static_cast<int>(std::max(left, milliseconds(0)).count()));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Readiness::late;
    char answer = 0;
    const ssize_t got = ::read(pipe, &answer, 1);
    if (got < 0 && errno == EINTR) continue;
    return got == 1 && answer == 'r' ? Readiness::ready : Readiness::gone;
  }
}

// Empty once a daemon accepts, or why none does.
std::string start_daemon(const Environment& environment, milliseconds limit) {
  const Paths& paths = environment.paths;
  auto program = find_program(environment);
  if (!program) return program.failure().message;
  auto pipe = make_pipe();
  if (!pipe) return pipe.failure().message;
  const Log log = open_log(paths.log);
  if (!log.file) return "cannot write the log " + paths.log + ": " + reason();
  auto process =
      start_program({*program,
                     {"--socket", paths.socket, "--cache-dir", paths.cache_dir, "--ready-fd", "3"},
                     pipe->theirs.get(),
                     log.file.get(),
                     true});
  if (!process) return process.failure().message;
  pipe->theirs = Descriptor();  // so that the daemon's end is the last

  const Readiness readiness = wait_until_ready(pipe->ours.get(), steady_clock::now() + limit);
  if (readiness == Readiness::ready) return {};
  const std::string what = readiness == Readiness::gone ? "the daemon did not start"
                                                        : "the daemon was not ready after " +
                                                              std::to_string(limit.count()) + " ms";
  const std::string words = words_in(log);
  return what + (words.empty() ? "; it said nothing" : "; it said:" + words) + "\n  its log is " +
         paths.log;
}

}  // namespace

Reached connect_to_daemon(const Environment& environment, const DaemonPatience& patience) {
  const std::string& path = environment.paths.socket;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return {nullptr, trouble_with_socket(path)};
  path.copy(address.sun_path, path.size());

  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return {nullptr, "cannot make a socket: " + reason()};
  // Blocking, with the kernel's own deadline: a non-blocking connect fails on a full backlog.
  const timeval limit{patience.connecting.count() / 1000,
                      patience.connecting.count() % 1000 * 1000};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  while (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
         0) {
    if (errno == EINTR) continue;
    if (errno == ENOENT || errno == ECONNREFUSED) {
      return {nullptr, "no daemon is running at " + path, true};
    }
    if (errno == EAGAIN) return {nullptr, "the daemon at " + path + " takes no connections"};
    return {nullptr, "cannot connect to the daemon at " + path + ": " + reason()};
  }
  if (std::string trouble = trouble_with_peer(socket.get(), path); !trouble.empty()) {
    return {nullptr, std::move(trouble), false, true};
  }
  return {std::make_unique<Connection>(std::move(socket), patience.call), {}};
}

Reached connect_or_start(const Environment& environment, const DaemonPatience& patience) {
  Reached reached = connect_to_daemon(environment, patience);
  if (!reached.nobody) return reached;
  const Paths& paths = environment.paths;
  if (std::string trouble = trouble_with_private_parent(paths.socket); !trouble.empty()) {
    return {nullptr, std::move(trouble)};
  }
  const auto deadline = steady_clock::now() + patience.starting + patience.connecting;
  auto lock = lock_start(paths.start_lock, deadline);
  if (!lock) return {nullptr, lock.failure().message};

  reached = connect_to_daemon(environment, patience);  // another client may have been faster
  if (!reached.nobody) return reached;
  if (std::string trouble = start_daemon(environment, patience.starting); !trouble.empty()) {
    return {nullptr, std::move(trouble)};
  }
  return connect_to_daemon(environment, patience);
}

}  // namespace cbundle
