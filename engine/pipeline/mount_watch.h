// Whether file systems were mounted or unmounted: a file then may have another one's stamp.
#pragma once

#include <cstdint>

#include "engine/base/fd.h"

namespace cbundle {

// Two images of a file system can have files of equal device, inode and times, and be mounted at
// one place one after the other. The kernel counts changes of this process's mounts; asking takes
// one poll (0.3 us). Not for several threads at once.
class MountWatch {
 public:
  MountWatch();

  // Since the last call. True where the kernel does not say, as without /proc.
  bool have_changed();

  // The mount that the root directory is on, which cannot be exchanged; 0 where unknown.
  std::uint64_t root() const { return root_; }

 private:
  Fd mounts_;
  std::uint64_t root_;
};

}  // namespace cbundle
