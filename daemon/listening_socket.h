// The Unix socket that clients connect to: systemd's, or one bound here.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "engine/base/fd.h"
#include "engine/base/result.h"

namespace cbundle {

class ListeningSocket {
 public:
  // Takes over a listening Unix stream socket; the file belongs to the process that made it.
  // Error{bad_request} where `fd` is something else.
  static Result<ListeningSocket> adopt(Fd fd);

  // Binds `path` with mode 0600, in a private directory. A socket file that no process listens on
  // is replaced; any other file is left as it is. Nothing where another daemon serves `path`. A
  // daemon that holds the lock but does not listen is starting or shutting down: waits up to
  // `timeout` for it. Error{unavailable} where `path` cannot be bound.
  static Result<std::optional<ListeningSocket>> bind(const std::filesystem::path& path,
                                                     std::chrono::milliseconds timeout);

  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  int fd() const { return fd_.get(); }
  std::string path() const;  // as the kernel knows it

  // Readable after a change of the socket file's directory; then ask is_gone(). -1 where the file
  // is another process's, or the kernel has no watch to give.
  int watch() const { return watch_.get(); }
  // Whether no client can find the socket any more: its file was removed or replaced.
  bool is_gone();

  // No connection is accepted after this; removes the file that bind() made, unless another has
  // replaced it. The lock is held until this object is destroyed.
  void close();

 private:
  ListeningSocket(Fd fd, Fd lock, std::filesystem::path path);

  Fd fd_;
  Fd lock_;                     // of the path; empty where adopted
  Fd watch_;                    // an inotify descriptor
  std::filesystem::path path_;  // empty where there is no file to remove
  ino_t inode_ = 0;
};

}  // namespace cbundle
