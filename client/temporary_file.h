// A file that is being written, and that no death of ours leaves behind.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "client/descriptor.h"

namespace cbundle {

// Lives beside the file that it is to become, as .cbundle-PID-N.tmp. SIGINT, SIGTERM, SIGHUP,
// SIGPIPE, SIGQUIT and SIGXFSZ remove it and then kill us as they would have, unless they were
// ignored. At most a few at a time, in one thread.
class TemporaryFile {
 public:
  // Null, with errno set, where the directory does not let us.
  static std::unique_ptr<TemporaryFile> create_beside(const std::string& target);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  // These are 0, or the errno of what went wrong.
  int append(std::string_view bytes);
  int set_mode(mode_t mode);
  // Takes the place of `target`, at once; `replaces` where there is one.
  int become(const std::string& target, bool replaces);

 private:
  TemporaryFile() = default;

  std::string path_;
  Descriptor file_;
};

}  // namespace cbundle
