// The Unix socket that clients connect to: systemd's, or one bound here.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <variant>

#include "engine/base/fd.h"
#include "engine/base/result.h"

namespace cbundle {

// Somebody else serves the path: no error, but nothing to do here either.
struct ServedByAnother {};

class ListeningSocket {
 public:
  // Takes over a listening Unix stream socket; its path belongs to whoever made it.
  // Error{bad_request} where `fd` is something else.
  static Result<ListeningSocket> adopt(Fd fd);

  // Binds `path` with mode 0600, in a directory of ours. A socket file that nobody listens on is
  // replaced, one that somebody does is never touched. A daemon that holds the path without
  // listening is coming or leaving, and is waited for up to `patience`.
  // Error{unavailable} where it cannot be bound.
  static Result<std::variant<ListeningSocket, ServedByAnother>> bind(
      const std::filesystem::path& path, std::chrono::milliseconds patience);

  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  int fd() const { return fd_.get(); }
  std::string path() const;  // as the kernel knows it

  // Takes no connection any more; removes the file that bind() made, if it is still that one. A
  // successor waits until this object is gone.
  void close();

 private:
  ListeningSocket(Fd fd, Fd owned, std::filesystem::path path);

  Fd fd_;
  Fd owned_;                    // the lock of the path; none where adopted
  std::filesystem::path path_;  // empty where there is nothing to remove
  ino_t inode_ = 0;
};

}  // namespace cbundle
