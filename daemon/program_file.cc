#include "daemon/program_file.h"

#include <system_error>

namespace cbundle {

ProgramFile::ProgramFile() {
  std::error_code unknown;
  path_ = std::filesystem::read_symlink("/proc/self/exe", unknown);
  if (!unknown) stamp_ = stamp_if_there(path_);
}

// A running program cannot be written to, so a new one is a new file.
bool ProgramFile::is_replaced() const {
  if (!stamp_) return false;
  const std::optional<Stamp> now = stamp_if_there(path_);
  return now && (now->inode != stamp_->inode || now->device != stamp_->device);
}

}  // namespace cbundle
