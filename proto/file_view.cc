#include "proto/file_view.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/base/fd.h"
#include "engine/base/files.h"

namespace cbundle {
namespace {

v1::PathStamp stamp_at(const std::string& path) {
  v1::PathStamp message;
  message.set_path(path);
  const std::optional<Stamp> stamp = stamp_if_there(path);
  if (!stamp) return message;
  message.set_exists(true);
  message.set_device(stamp->device);
  message.set_inode(stamp->inode);
  message.set_size(stamp->size);
  message.set_modified_ns(stamp->modified_ns);
  message.set_changed_ns(stamp->changed_ns);
  return message;
}

bool is_equal(const v1::PathStamp& a, const v1::PathStamp& b) {
  return a.exists() == b.exists() && a.device() == b.device() && a.inode() == b.inode() &&
         a.size() == b.size() && a.modified_ns() == b.modified_ns() &&
         a.changed_ns() == b.changed_ns();
}

using Groups = std::vector<gid_t>;

Groups own_groups() {
  const int count = ::getgroups(0, nullptr);
  Groups groups(static_cast<std::size_t>(std::max(count, 0)));
  const int got = ::getgroups(count, groups.data());
  groups.resize(static_cast<std::size_t>(std::max(got, 0)));
  return groups;
}

// Nothing where the kernel does not tell.
std::optional<Groups> groups_of_peer(int socket) {
  Groups groups(64);
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    const int code = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
    groups.resize(size / sizeof(gid_t));
    if (code == 0) return groups;
    if (errno != ERANGE) return std::nullopt;
  }
  return std::nullopt;
}

// With the effective group, which counts like the others for reading; as a set.
Groups as_set(Groups groups, gid_t effective) {
  groups.push_back(effective);
  std::ranges::sort(groups);
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

}  // namespace

v1::FileView own_file_view() {
  v1::FileView view;
  struct stat info {};
  if (::stat("/proc/self/ns/mnt", &info) == 0) {
    view.set_mount_namespace(info.st_ino);
    view.set_namespace_device(info.st_dev);
  }
  if (::stat("/", &info) == 0) {
    view.set_root_device(info.st_dev);
    view.set_root_inode(info.st_ino);
  }
  return view;
}

bool is_same_view(const v1::FileView& a, const v1::FileView& b) {
  return a.mount_namespace() != 0 && a.mount_namespace() == b.mount_namespace() &&
         a.namespace_device() == b.namespace_device() && a.root_device() == b.root_device() &&
         a.root_inode() == b.root_inode();
}

void add_stamps(const std::vector<std::filesystem::path>& paths, v1::Built& built) {
  for (const std::filesystem::path& path : paths) *built.add_stamps() = stamp_at(path.native());
}

std::string first_other_file(const v1::Built& built) {
  for (const v1::PathStamp& stamp : built.stamps()) {
    if (!is_equal(stamp, stamp_at(stamp.path()))) return stamp.path();
  }
  return {};
}

Result<void> require_same_groups(int socket) {
  const std::optional<Groups> theirs = groups_of_peer(socket);
  if (!theirs) return {};
  if (as_set(*theirs, peer_of(socket).gid) == as_set(own_groups(), ::getegid())) return {};
  return Error{ErrorKind::unavailable,
               "the daemon has other groups than this process, and may read other files",
               "log in again, or run 'cbundle stop' to have a daemon with these groups started"};
}

}  // namespace cbundle
