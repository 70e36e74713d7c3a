// Owning a socket's path: who holds the lock beside it may bind it.
#include "daemon/listening_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cerrno>
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
constexpr std::chrono::milliseconds between_looks{20};

Error unavailable(std::string message) { return {ErrorKind::unavailable, std::move(message)}; }

sockaddr_un address_of(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  std::copy_n(text.data(), std::min(text.size(), sizeof address.sun_path - 1), address.sun_path);
  return address;
}

template <class Call>
int with_address(const fs::path& path, int fd, Call call) {
  const sockaddr_un address = address_of(path);
  return call(fd, reinterpret_cast<const sockaddr*>(&address), socklen_t{sizeof address});
}

Fd make_socket() { return Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }

// Whether somebody listens; a full backlog (EAGAIN) is a sign of life too.
bool is_live(const fs::path& path) {
  const Fd probe = make_socket();
  return with_address(path, probe.get(), ::connect) == 0 || errno == EAGAIN;
}

enum class Claim { ours, another_serves, another_is_silent };

// The lock is on a file beside the socket, never removed: whoever removed it could not know who
// waits for it. (A client's start lock is another file.)
Claim claim(const Fd& lock, const fs::path& path) {
  const bool ours = ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0;
  if (is_live(path)) return Claim::another_serves;
  return ours ? Claim::ours : Claim::another_is_silent;
}

Claim claim_before(Clock::time_point deadline, const Fd& lock, const fs::path& path) {
  for (;;) {
    const Claim now = claim(lock, path);
    if (now != Claim::another_is_silent || Clock::now() >= deadline) return now;
    std::this_thread::sleep_for(between_looks);
  }
}

// Replaces what is at `path`, which nobody listens on.
Result<void> bind_and_listen(const Fd& socket, const fs::path& path) {
  struct stat info {};
  const bool there = ::lstat(path.c_str(), &info) == 0;
  if (there && !S_ISSOCK(info.st_mode)) {
    return unavailable("cannot serve " + path.string() + ": a file that is no socket is there");
  }
  if (there) ::unlink(path.c_str());
  const mode_t before = ::umask(0177);  // the file is born with mode 0600
  const bool bound = with_address(path, socket.get(), ::bind) == 0;
  const int code = errno;
  ::umask(before);
  if (!bound) return unavailable("cannot bind " + path.string() + ": " + errno_message(code));
  if (::listen(socket.get(), backlog) == 0) return {};
  return unavailable("cannot listen on " + path.string() + ": " + errno_message(errno));
}

std::optional<ino_t> inode_of(const fs::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return info.st_ino;
}

}  // namespace

ListeningSocket::ListeningSocket(Fd fd, Fd owned, fs::path path)
    : fd_(std::move(fd)), owned_(std::move(owned)), path_(std::move(path)) {
  if (!path_.empty()) inode_ = inode_of(path_).value_or(0);
}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : fd_(std::move(other.fd_)),
      owned_(std::move(other.owned_)),
      path_(std::exchange(other.path_, {})),
      inode_(other.inode_) {}

ListeningSocket::~ListeningSocket() { close(); }

void ListeningSocket::close() {
  if (!path_.empty() && inode_of(path_) == inode_) ::unlink(path_.c_str());
  path_.clear();
  fd_ = Fd();
}

std::string ListeningSocket::path() const {
  sockaddr_un address{};  // longer by one NUL than any path
  socklen_t size = sizeof address - 1;
  if (::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  return address.sun_path;
}

Result<ListeningSocket> ListeningSocket::adopt(Fd fd) {
  if (::sd_is_socket_unix(fd.get(), SOCK_STREAM, 1, nullptr, 0) <= 0) {
    return Error{
        ErrorKind::bad_request,
        "descriptor " + std::to_string(fd.get()) +
            " is not a listening Unix stream socket; the .socket unit wants ListenStream="};
  }
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
  return ListeningSocket(std::move(fd), Fd(), {});
}

Result<std::variant<ListeningSocket, ServedByAnother>> ListeningSocket::bind(
    const fs::path& path, std::chrono::milliseconds patience) {
  using Bound = std::variant<ListeningSocket, ServedByAnother>;
  for (const Result<void>& checked :
       {check_socket_path(path.native()), ensure_private_parent(path)}) {
    if (!checked) return Error{ErrorKind::unavailable, checked.error().diagnostics};
  }
  const fs::path lock_path = path.string() + ".owner";
  Fd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return unavailable("cannot open " + lock_path.string() + ": " + errno_message(errno));
  switch (claim_before(Clock::now() + patience, lock, path)) {
    case Claim::ours: break;
    case Claim::another_serves: return Bound(ServedByAnother{});
    case Claim::another_is_silent:
      return unavailable("another daemon holds " + path.string() +
                         " and does not serve it; it may be leaving");
  }
  Fd socket = make_socket();
  if (!socket) return unavailable("cannot make a socket: " + errno_message(errno));
  TRY(bind_and_listen(socket, path));
  return Bound(ListeningSocket(std::move(socket), std::move(lock), path));
}

}  // namespace cbundle
