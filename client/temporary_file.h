// A temporary file that is removed even when a signal kills the client.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "engine/base/fd.h"

namespace cbundle {

// It is in the directory of the file that it will replace, as .cbundle-PID-N.tmp. SIGINT, SIGTERM,
// SIGHUP, SIGPIPE, SIGQUIT and SIGXFSZ, unless ignored, remove it and then kill the process. At
// most four at a time, in one thread.
class TemporaryFile {
 public:
  // Null, with errno set, if it cannot be created.
  static std::unique_ptr<TemporaryFile> create_beside(const std::string& target);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  // These return 0 or an errno.
  int append(std::string_view bytes);
  int set_mode(mode_t mode);
  // Replaces `target` atomically; `replaces`: it exists.
  int rename_to(const std::string& target, bool replaces);

 private:
  TemporaryFile() = default;

  std::string path_;
  Fd file_;
};

}  // namespace cbundle
