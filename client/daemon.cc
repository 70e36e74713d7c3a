#include "client/daemon.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "client/program.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr off_t max_log = 1 << 20;
constexpr std::size_t max_excerpt = 2000;  // bytes of the log in an error

Error unavailable(const std::string& message) {
  return {ErrorKind::unavailable, message + ": " + errno_message(errno)};
}

// The peer is whoever listens first: of a system unit's socket systemd, which is root, and could
// stand in for anybody anyway.
Result<void> check_owner(int socket, const std::string& path) {
  const uid_t uid = peer_of(socket).uid;
  if (uid == ::geteuid() || uid == 0) return {};
  if (uid == static_cast<uid_t>(-1)) {
    return unavailable("cannot determine the owner of the socket " + path);
  }
  return Error{ErrorKind::bad_request,
               "the socket " + path + " is served by another user, " + std::to_string(uid)};
}

// Whether it is a regular file of this user; sets errno otherwise.
bool is_own(const Fd& file) {
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0) return false;
  if (S_ISREG(info.st_mode) && info.st_uid == ::geteuid()) return true;
  errno = EPERM;
  return false;
}

Result<Fd> lock_start(const std::string& path, steady_clock::time_point deadline) {
  Fd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!is_own(lock)) return unavailable("cannot open the lock " + path);
  // There is no flock with a timeout. 10 ms are short compared with a daemon's start.
  constexpr timespec pause{0, 10'000'000};
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return unavailable("cannot lock " + path);
    if (steady_clock::now() >= deadline) {
      return Error{ErrorKind::unavailable,
                   "another client holds " + path + ", but has not started a daemon in time"};
    }
    ::nanosleep(&pause, nullptr);
  }
  return lock;
}

// What is made beside the socket is for this user, whatever the caller's umask.
class OwnUmask {
 public:
  OwnUmask() : before_(::umask(077)) {}
  OwnUmask(const OwnUmask&) = delete;
  OwnUmask& operator=(const OwnUmask&) = delete;
  ~OwnUmask() { ::umask(before_); }

 private:
  mode_t before_;
};

// The log, and its size before the daemon was started.
struct Log {
  std::string path;
  Fd file;
  off_t begin = 0;
};

Log open_log(const std::string& path) {
  constexpr int flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  Log log{path, Fd(::open(path.c_str(), flags, 0600))};
  if (!is_own(log.file)) return {path, Fd()};
  struct stat info {};
  if (::fstat(log.file.get(), &info) != 0) return log;
  const bool is_full = info.st_size > max_log;
  if (is_full && ::ftruncate(log.file.get(), 0) == 0) info.st_size = 0;
  log.begin = info.st_size;
  return log;
}

// Appends the last lines that the daemon has logged since its start.
void add_lines(const Log& log, Diagnostics& diagnostics) {
  struct stat info {};
  if (::fstat(log.file.get(), &info) != 0) return;
  const off_t begin = std::max(log.begin, info.st_size - static_cast<off_t>(max_excerpt));
  char text[max_excerpt];
  const ssize_t size = ::pread(log.file.get(), text, sizeof text, begin);
  if (size <= 0) return;
  std::string_view rest(text, static_cast<std::size_t>(size));
  if (begin > log.begin) rest.remove_prefix(std::min(rest.find('\n') + 1, rest.size()));
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    diagnostics.push_back({.severity = Severity::note,
                           .message = std::string(rest.substr(0, end)),
                           .file = log.path});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

enum class Readiness { ready, exited, timed_out };

Readiness wait_until_ready(int socket, steady_clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    pollfd waiting{socket, POLLIN, 0};
    const int count =
        ::poll(&waiting, 1, static_cast<int>(std::max(left, milliseconds(0)).count()));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Readiness::timed_out;
    char answer = 0;
    const ssize_t got = ::read(socket, &answer, 1);
    if (got < 0 && errno == EINTR) continue;
    return got == 1 && answer == 'r' ? Readiness::ready : Readiness::exited;
  }
}

// A limit that cannot be raised again would be the daemon's, and so every other build's.
Result<void> require_wide_limits() {
  struct Limit {
    int resource;
    rlim_t least;
    const char* option;  // of ulimit
  };
  constexpr rlim_t gib = rlim_t{1} << 30;
  constexpr Limit limits[] = {{RLIMIT_FSIZE, 16 * gib, "-f"},
                              {RLIMIT_CPU, RLIM_INFINITY, "-t"},
                              {RLIMIT_AS, 16 * gib, "-v"},
                              {RLIMIT_DATA, 16 * gib, "-d"},
                              {RLIMIT_NOFILE, 256, "-n"}};
  for (const Limit& limit : limits) {
    rlimit found{};
    if (::getrlimit(limit.resource, &found) != 0 || found.rlim_max >= limit.least) continue;
    return Error{ErrorKind::unavailable,
                 std::string("no daemon is started under this limit of resources (ulimit ") +
                     limit.option + "), which builds of other directories would get too"};
  }
  return {};
}

Result<void> start_daemon(const Environment& environment, milliseconds timeout) {
  TRY(require_wide_limits());
  const Paths& paths = environment.paths;
  std::string program = TRY(find_daemon_program(environment));
  SocketPair ready = TRY(make_socket_pair());
  const Log log = open_log(paths.log);
  if (!log.file) return unavailable("cannot write the log " + paths.log);
  TRY(start_program({std::move(program),
                     {"--socket", paths.socket, "--cache-dir", paths.cache_dir, "--ready-fd", "3"},
                     ready.theirs.get(),
                     log.file.get(),
                     true}));
  ready.theirs = Fd();  // so that only the daemon has it open

  const Readiness readiness = wait_until_ready(ready.ours.get(), steady_clock::now() + timeout);
  if (readiness == Readiness::ready) return {};
  Diagnostics diagnostics{
      {.message = readiness == Readiness::exited
                      ? "the daemon did not start"
                      : "the daemon was not ready after " + std::to_string(timeout.count()) + " ms",
       .hint = "see its log, " + log.path}};
  add_lines(log, diagnostics);
  return Error{ErrorKind::unavailable, std::move(diagnostics)};
}

}  // namespace

Result<std::unique_ptr<Connection>> connect_to_daemon(const Environment& environment,
                                                      const DaemonTimeouts& timeouts) {
  const std::string& path = environment.paths.socket;
  TRY(check_socket_path(path));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);

  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return unavailable("cannot create a socket");
  // Blocking, with the kernel's own timeout: a non-blocking connect fails on a full backlog.
  const timeval limit{timeouts.connect.count() / 1000, timeouts.connect.count() % 1000 * 1000};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  while (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
         0) {
    if (errno == EINTR) continue;
    if (errno == ENOENT || errno == ECONNREFUSED) {
      return Error{ErrorKind::no_daemon, "no daemon is running at " + path};
    }
    if (errno == EAGAIN) {
      return Error{ErrorKind::unavailable, "the daemon at " + path + " accepts no connections"};
    }
    return unavailable("cannot connect to the daemon at " + path);
  }
  TRY(check_owner(socket.get(), path));
  return std::make_unique<Connection>(std::move(socket), timeouts.call);
}

Result<std::unique_ptr<Connection>> connect_or_start(const Environment& environment,
                                                     const DaemonTimeouts& timeouts) {
  const auto is_needed = [](const Result<std::unique_ptr<Connection>>& connection) {
    return !connection && connection.error().kind == ErrorKind::no_daemon;
  };
  Result<std::unique_ptr<Connection>> connection = connect_to_daemon(environment, timeouts);
  if (!is_needed(connection)) return connection;
  const OwnUmask umask;
  TRY(ensure_private_parent(environment.paths.socket));
  const bool is_held = is_lock_known_as_held(environment.paths);
  const auto deadline = steady_clock::now() + (is_held ? milliseconds(0) : timeouts.lock);
  Result<Fd> lock = lock_start(environment.paths.start_lock, deadline);
  if (!lock) {
    if (!is_held) leave_word_of_lock(environment.paths);
    return lock.error();
  }

  connection = connect_to_daemon(environment, timeouts);  // another client may have started it
  if (!is_needed(connection)) return connection;
  TRY(start_daemon(environment, timeouts.start));
  return connect_to_daemon(environment, timeouts);
}

}  // namespace cbundle
