#include "daemon/listening_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "engine/base/files.h"
#include "proto/paths.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int backlog = 4096;  // a parallel make starts hundreds of clients at once
constexpr std::chrono::milliseconds retry_interval{20};

Error unavailable(std::string message) { return {ErrorKind::unavailable, std::move(message)}; }

template <class Call>
int with_address(const fs::path& path, int fd, Call call) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  return call(fd, reinterpret_cast<const sockaddr*>(&address), socklen_t{sizeof address});
}

Fd make_socket() { return Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }

// A full backlog (EAGAIN) also means that a process listens.
bool is_served(const fs::path& path) {
  const Fd probe = make_socket();
  return with_address(path, probe.get(), ::connect) == 0 || errno == EAGAIN;
}

enum class Owner { this_process, serving_daemon, silent_daemon };

// The lock file beside the socket is never removed: another process may be waiting for its lock.
// (A client's start lock is another file.)
Owner lock_before(Clock::time_point deadline, const Fd& lock, const fs::path& path) {
  for (;;) {
    const bool locked = ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0;
    if (is_served(path)) return Owner::serving_daemon;
    if (locked) return Owner::this_process;
    if (Clock::now() >= deadline) return Owner::silent_daemon;
    std::this_thread::sleep_for(retry_interval);
  }
}

// Replaces a socket at `path`, which no process listens on.
Result<void> bind_and_listen(const Fd& socket, const fs::path& path) {
  struct stat info {};
  const bool exists = ::lstat(path.c_str(), &info) == 0;
  if (exists && !S_ISSOCK(info.st_mode)) {
    return unavailable("cannot serve " + path.string() + ": a file that is not a socket is there");
  }
  if (exists) ::unlink(path.c_str());
  const mode_t before = ::umask(0177);  // the file is created with mode 0600
  const bool bound = with_address(path, socket.get(), ::bind) == 0;
  const int code = errno;
  ::umask(before);
  if (!bound) return unavailable("cannot bind " + path.string() + ": " + errno_message(code));
  if (::listen(socket.get(), backlog) == 0) return {};
  return unavailable("cannot listen on " + path.string() + ": " + errno_message(errno));
}

// 0 where no file is there.
ino_t inode_of(const fs::path& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

}  // namespace

ListeningSocket::ListeningSocket(Fd fd, Fd lock, fs::path path)
    : fd_(std::move(fd)), lock_(std::move(lock)), path_(std::move(path)) {
  if (path_.empty()) return;
  inode_ = inode_of(path_);
  watch_ = Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  constexpr std::uint32_t events =
      IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF;
  if (watch_) ::inotify_add_watch(watch_.get(), path_.parent_path().c_str(), events);
}

bool ListeningSocket::is_gone() {
  std::array<char, 4096> events;
  while (watch_ && ::read(watch_.get(), events.data(), events.size()) > 0) {
  }
  return !path_.empty() && inode_of(path_) != inode_;
}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : fd_(std::move(other.fd_)),
      lock_(std::move(other.lock_)),
      watch_(std::move(other.watch_)),
      path_(std::exchange(other.path_, {})),
      inode_(other.inode_) {}

ListeningSocket::~ListeningSocket() { close(); }

void ListeningSocket::close() {
  if (!path_.empty() && inode_of(path_) == inode_) ::unlink(path_.c_str());
  path_.clear();
  fd_ = Fd();
}

std::string ListeningSocket::path() const {
  sockaddr_un address{};
  socklen_t size = sizeof address - 1;  // a NUL always follows
  if (::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  return address.sun_path;
}

Result<ListeningSocket> ListeningSocket::adopt(Fd fd) {
  if (::sd_is_socket_unix(fd.get(), SOCK_STREAM, 1, nullptr, 0) <= 0) {
    return Error{
        ErrorKind::bad_request,
        "descriptor " + std::to_string(fd.get()) + " is not a listening Unix stream socket",
        "use ListenStream= in the .socket unit"};
  }
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
  return ListeningSocket(std::move(fd), Fd(), {});
}

Result<std::optional<ListeningSocket>> ListeningSocket::bind(const fs::path& path,
                                                             std::chrono::milliseconds timeout) {
  for (const Result<void>& checked :
       {check_socket_path(path.native()), ensure_private_parent(path)}) {
    if (!checked) return Error{ErrorKind::unavailable, checked.error().diagnostics};
  }
  const fs::path lock_path = path.string() + ".owner";
  Fd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return unavailable("cannot open " + lock_path.string() + ": " + errno_message(errno));
  const Owner owner = lock_before(Clock::now() + timeout, lock, path);
  if (owner == Owner::serving_daemon) return std::optional<ListeningSocket>();
  if (owner == Owner::silent_daemon) {
    return unavailable("another daemon has the lock " + lock_path.string() +
                       " but does not listen; it may be shutting down");
  }
  Fd socket = make_socket();
  if (!socket) return unavailable("cannot create a socket: " + errno_message(errno));
  TRY(bind_and_listen(socket, path));
  return std::optional(ListeningSocket(std::move(socket), std::move(lock), path));
}

}  // namespace cbundle
