#include "engine/base/fd.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace cbundle {

ucred peer_of(int socket) {
  ucred peer{0, static_cast<uid_t>(-1), static_cast<gid_t>(-1)};
  socklen_t size = sizeof peer;
  ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size);
  return peer;
}

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return 0;
}

int read_all(int fd, std::string& content) {
  constexpr std::size_t least = 4096;  // of a pipe, whose size is 0
  struct stat info {};
  if (::fstat(fd, &info) != 0) return errno;
  // A byte more than the file has, so that the end shows without growing.
  content.resize(std::max(static_cast<std::size_t>(info.st_size) + 1, least));
  std::size_t filled = 0;
  for (;;) {
    const ssize_t got = ::read(fd, content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled == content.size()) content.resize(filled * 2);
  }
  content.resize(filled);
  return 0;
}

}  // namespace cbundle
