// A file descriptor that is closed with its owner; reading and writing all of it.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

namespace cbundle {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  // False where the system reports that written bytes are lost.
  [[nodiscard]] bool close() { return ::close(release()) == 0; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// The process at the other end of a Unix socket; its uid is -1 where that is not known.
ucred peer_of(int socket);

// All of `bytes`. Returns 0 or an errno.
int write_all(int fd, std::string_view bytes);

// All bytes up to the end of the file, pipe or stream. Returns 0 or an errno.
int read_all(int fd, std::string& content);

}  // namespace cbundle
