#include "proto/file_view.h"

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

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

std::vector<gid_t> own_groups() {
  const int count = ::getgroups(0, nullptr);
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 0)));
  const int got = ::getgroups(count, groups.data());
  groups.resize(static_cast<std::size_t>(std::max(got, 0)));
  groups.push_back(::getegid());  // counts like the others for reading
  std::ranges::sort(groups);
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

std::uint64_t own_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return 0;
  constexpr std::uint32_t overriding = 1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH;
  return data[0].effective & overriding;
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
  for (const gid_t group : own_groups()) view.add_groups(group);
  view.set_capabilities(own_capabilities());
  return view;
}

const v1::FileView& process_file_view() {
  static const v1::FileView view = own_file_view();
  return view;
}

bool is_same_view(const v1::FileView& a, const v1::FileView& b) {
  return a.mount_namespace() != 0 && a.mount_namespace() == b.mount_namespace() &&
         a.namespace_device() == b.namespace_device() && a.root_device() == b.root_device() &&
         a.root_inode() == b.root_inode() && std::ranges::equal(a.groups(), b.groups()) &&
         a.capabilities() == b.capabilities();
}

bool reads_more(const v1::FileView& a, const v1::FileView& b) {
  return (a.capabilities() & ~b.capabilities()) != 0 ||
         !std::ranges::includes(b.groups(), a.groups());
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

}  // namespace cbundle
