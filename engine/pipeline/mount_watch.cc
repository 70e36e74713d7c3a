#include "engine/pipeline/mount_watch.h"

#include <fcntl.h>
#include <poll.h>

#include "engine/base/files.h"

namespace cbundle {

MountWatch::MountWatch()
    : mounts_(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)), root_(mount_of("/")) {}

// Source: proc(5), /proc/PID/mounts: poll reports POLLPRI and POLLERR after each change.
bool MountWatch::have_changed() {
  pollfd waiting{mounts_.get(), POLLPRI, 0};
  if (!mounts_ || ::poll(&waiting, 1, 0) < 0) return true;
  return waiting.revents != 0;
}

}  // namespace cbundle
