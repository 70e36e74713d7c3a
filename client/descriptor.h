// A file descriptor that is closed when its owner goes.
#pragma once

#include <unistd.h>

#include <string_view>
#include <utility>

namespace cbundle {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  // False where the system says that what was written is lost.
  [[nodiscard]] bool close() { return ::close(std::exchange(fd_, -1)) == 0; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// All of `bytes`; 0, or the errno of what went wrong.
int write_all(int fd, std::string_view bytes);

}  // namespace cbundle
