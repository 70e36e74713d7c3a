#include "client/directory_checks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <set>

#include "client/program.h"
#include "client/quantity.h"
#include "engine/base/fd.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

using Level = Finding::Level;

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// A directory that must be this user's alone; one that is missing will be made.
void check_private(const std::string& path, const std::string& what, const std::string& name,
                   const std::string& hint, Findings& findings) {
  struct stat info {};
  const auto add = [&](Level level, const std::string& message, const std::string& help = {}) {
    findings.push_back({level, name, what + ' ' + path + ' ' + message, help});
  };
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return add(Level::fine, "does not exist yet");
    return add(Level::broken, "cannot be read: " + errno_message(errno), hint);
  }
  if (S_ISLNK(info.st_mode) && ::stat(path.c_str(), &info) != 0) {
    return add(Level::broken, "is a link to nothing", hint);
  }
  if (!S_ISDIR(info.st_mode)) return add(Level::broken, "is not a directory", hint);
  if (info.st_uid != ::geteuid()) {
    return add(Level::broken, "belongs to user " + std::to_string(info.st_uid), hint);
  }
  if ((info.st_mode & 022) != 0) {
    return add(Level::broken, "can be written by other users", "chmod 700 " + path);
  }
  if (::access(path.c_str(), W_OK | X_OK) != 0) {
    return add(Level::broken, "cannot be written: " + errno_message(errno), hint);
  }
}

void check_space(const std::string& path, Findings& findings) {
  struct statvfs space {};
  if (::statvfs(path.c_str(), &space) != 0) return;
  const std::uint64_t free = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
  constexpr std::uint64_t little = 256 << 20;  // bytes
  if (free < little) {
    findings.push_back({Level::costs, "disk-space",
                        "the disk of the cache directory has " + format_size(free) + " left",
                        "free some space, or set CBUNDLE_CACHE_DIR to a directory on another disk; "
                        "results that do not fit are not stored"});
  } else if (space.f_files != 0 && space.f_favail < 1000) {
    findings.push_back(
        {Level::costs, "disk-space",
         "the disk of the cache directory has " + std::to_string(space.f_favail) + " inodes left",
         "remove some files, or set CBUNDLE_CACHE_DIR to another disk"});
  }
}

// A megabyte, to the disk: what the cache's thread does after a build.
void check_speed(const std::string& directory, Findings& findings) {
  const std::string path = directory + "/doctor." + std::to_string(::getpid());
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return;
  ::unlink(path.c_str());
  const auto start = std::chrono::steady_clock::now();
  const bool is_written =
      write_all(file.get(), std::string(1 << 20, 'x')) == 0 && ::fdatasync(file.get()) == 0;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  constexpr std::chrono::milliseconds slow{500};
  if (!is_written) {
    findings.push_back({Level::broken, "disk",
                        "the cache directory cannot be written to: " + errno_message(errno),
                        "free some space, or set CBUNDLE_CACHE_DIR to another directory"});
  } else if (took > slow) {
    findings.push_back(
        {Level::costs, "slow-disk",
         "writing 1 MiB to the cache directory's disk took " + std::to_string(took.count()) + " ms",
         "set CBUNDLE_CACHE_DIR to a directory on a faster disk; builds only wait "
         "for the disk while much is waiting to be written"});
  }
}

// Small links are made in memory; otherwise a build of 10 KB takes a tenth longer.
void check_temporary(Findings& findings) {
  const std::string chosen(process_variable("TMPDIR"));
  const std::string path = chosen.empty() ? "/dev/shm" : chosen;
  if (::access(path.c_str(), W_OK | X_OK) == 0) return;
  if (chosen.empty()) {
    findings.push_back({Level::costs, "temporary-directory",
                        "/dev/shm cannot be used: " + errno_message(errno) +
                            "; small links are made in /tmp, which is slower",
                        "mount a tmpfs on /dev/shm that this user can write"});
  } else {
    findings.push_back({Level::costs, "temporary-directory",
                        "TMPDIR names " + path + ", which cannot be used: " + errno_message(errno),
                        "unset TMPDIR, or name a directory that this user can write"});
  }
}

std::string link_target(const std::string& path) {
  char target[4096];
  const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
  return size < 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
}

// Without streams, whose locales would add to the start of each build's client.
std::string content_of(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string content;
  if (file) read_all(file.get(), content);
  return content;
}

// "Groups:\t4 27" and "Gid:\t…" of /proc/PID/status, as a set.
std::set<std::string> groups_of(const std::string& process) {
  const std::string content = content_of("/proc/" + process + "/status");
  std::set<std::string> groups;
  for (const std::string_view name : {"\nGroups:", "\nGid:"}) {
    const std::size_t start = content.find(name);
    if (start == content.npos) continue;
    std::string_view rest(content);
    rest = rest.substr(start + name.size());
    rest = rest.substr(0, rest.find('\n'));
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
      if (end > 0) groups.emplace(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return groups;
}

}  // namespace

Findings check_directories(const Environment& environment) {
  Findings findings;
  const Result<std::string> program = find_daemon_program(environment);
  if (program) {
    findings.push_back({Level::fine, "program", "the daemon's program is " + program.value()});
  } else {
    const Diagnostic& first = program.error().diagnostics.front();
    findings.push_back({Level::broken, "program", first.message, first.hint});
  }
  check_private(parent_of(environment.paths.socket), "the socket's directory", "socket-directory",
                "set XDG_RUNTIME_DIR or CBUNDLE_SOCKET to use another one", findings);
  const std::string& cache = environment.paths.cache_dir;
  const std::size_t before = findings.size();
  check_private(cache, "the cache directory", "cache-directory",
                "set CBUNDLE_CACHE_DIR to another directory", findings);
  if (findings.size() == before) {
    check_space(cache, findings);
    check_speed(cache, findings);
  }
  check_temporary(findings);
  return findings;
}

Findings check_same_world(int pid) {
  const std::string process = std::to_string(pid);
  Findings findings;
  const auto compare = [&](const std::string& entry, const std::string& name,
                           const std::string& what) {
    const std::string theirs = link_target("/proc/" + process + entry);
    const std::string ours = link_target("/proc/self" + entry);
    if (theirs.empty() || theirs == ours) return;
    findings.push_back({Level::costs, name, "the daemon has another " + what + " than this client",
                        "where files differ, builds are private: use a cache of its own in each "
                        "container or sandbox (CBUNDLE_CACHE_DIR)"});
  };
  compare("/ns/mnt", "mount-namespace", "mount namespace");
  compare("/root", "root-directory", "root directory");
  const std::set<std::string> theirs = groups_of(process);
  if (!theirs.empty() && theirs != groups_of("self")) {
    findings.push_back({Level::costs, "groups",
                        "the daemon is in other groups than this client, so builds may be private",
                        "run 'cbundle stop'; the next build starts a daemon with this client's "
                        "groups"});
  }
  return findings;
}

}  // namespace cbundle
