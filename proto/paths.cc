#include "proto/paths.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>

#include "engine/base/text.h"

namespace cbundle {
namespace {

constexpr std::size_t max_socket_path = 107;  // sun_path has 108 with its NUL

bool is_absolute(std::string_view path) { return path.starts_with('/'); }

// The one spelling of an absolute directory: without "//", "/./" and a "/" at the end.
std::string normalized(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") (result += '/') += part;
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return result.empty() ? "/" : result;
}

bool is_directory_of(const std::string& path, unsigned uid) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == uid;
}

std::string own_directory_in_tmp(unsigned uid) { return "/tmp/cbundle-" + std::to_string(uid); }

// A runtime directory of another user (after su, sudo -E) or with too long a name is not used.
std::string default_socket(const GetVariable& variable, unsigned uid, const std::string& name) {
  const std::string named(variable("XDG_RUNTIME_DIR"));
  std::string socket = normalized(named) + "/cbundle/" + name;
  const bool usable = is_absolute(named) && socket.size() <= max_socket_path;
  if (usable && is_directory_of(named, uid)) return socket;
  return own_directory_in_tmp(uid) + '/' + name;
}

// Whether the directory is another user's, as root's $HOME after `sudo -E`.
bool is_foreign(const std::string& path, unsigned uid) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && info.st_uid != uid;
}

// The XDG base directory specification says to ignore a relative $XDG_CACHE_HOME.
std::string usual_cache_dir(const GetVariable& variable, unsigned uid) {
  if (const auto home = variable("XDG_CACHE_HOME"); is_absolute(home)) {
    const std::string directory = normalized(home);
    if (!is_foreign(directory, uid)) return directory + "/cbundle";
  }
  if (const auto home = variable("HOME"); is_absolute(home)) {
    const std::string directory = normalized(home);
    if (!is_foreign(directory, uid)) return normalized(directory + "/.cache/cbundle");
  }
  return own_directory_in_tmp(uid) + "/cache";
}

// FNV-1a of the cache directory's path.
std::string hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(hash));
  return hex;
}

std::string without_suffix(const std::string& path, std::string_view suffix) {
  return path.ends_with(suffix) ? path.substr(0, path.size() - suffix.size()) : path;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Returns 0 or an errno.
int make_directories(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return 0;
  if (errno != ENOENT || path == "/" || path == ".") return errno;
  if (const int code = make_directories(parent_of(path)); code != 0) return code;
  return ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST ? 0 : errno;
}

std::string octal(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
  return text;
}

Error not_private(std::string message) {
  return {ErrorKind::bad_request, std::move(message),
          "set CBUNDLE_SOCKET to a path in a directory that only you can write to"};
}

}  // namespace

Paths paths_of(const GetVariable& variable, unsigned uid) {
  Paths paths;
  std::string socket_name = "daemon.sock";
  paths.cache_dir = usual_cache_dir(variable, uid);
  if (const auto named = variable("CBUNDLE_CACHE_DIR"); !named.empty()) {
    // A relative one stays as it is: callers refuse it.
    const std::string cache_dir = is_absolute(named) ? normalized(named) : std::string(named);
    if (cache_dir != paths.cache_dir) socket_name = "daemon-" + hash_of(cache_dir) + ".sock";
    paths.cache_dir = cache_dir;
  }
  paths.socket = variable("CBUNDLE_SOCKET");
  if (paths.socket.empty()) paths.socket = default_socket(variable, uid, socket_name);

  const bool is_own = !is_foreign(parent_of(paths.socket), uid);
  const std::string stem = without_suffix(
      is_own ? paths.socket
             : default_socket(variable, uid, "at-" + hash_of(paths.socket) + ".sock"),
      ".sock");
  paths.start_lock = stem + ".lock";
  paths.log = stem + ".log";
  paths.wedged = stem + ".wedged";
  paths.private_runs = stem + ".private";
  return paths;
}

Result<void> check_socket_path(std::string_view path) {
  if (!is_absolute(path)) {
    return Error{ErrorKind::bad_request, "the socket's path must be absolute, not " + quote(path)};
  }
  if (path.size() > max_socket_path) {
    return Error{ErrorKind::bad_request,
                 "the socket's path has " + std::to_string(path.size()) +
                     " bytes, more than the limit of " + std::to_string(max_socket_path) + ": " +
                     std::string(path),
                 "set CBUNDLE_SOCKET to a shorter path"};
  }
  return {};
}

Result<void> ensure_private_parent(const std::string& file) {
  const std::string directory = parent_of(file);
  if (const int code = make_directories(directory); code != 0) {
    return Error{ErrorKind::unavailable,
                 "cannot create the directory " + directory + ": " + errno_message(code)};
  }
  // The owner of a link counts too: another user may have put one into /tmp.
  struct stat link {};
  struct stat info {};
  if (::lstat(directory.c_str(), &link) != 0 || ::stat(directory.c_str(), &info) != 0) {
    return Error{ErrorKind::unavailable,
                 "cannot examine the directory " + directory + ": " + errno_message(errno)};
  }
  if (!S_ISDIR(info.st_mode)) return not_private(directory + " is not a directory");
  const uid_t uid = ::geteuid();
  if (link.st_uid != uid || info.st_uid != uid) {
    const uid_t owner = link.st_uid != uid ? link.st_uid : info.st_uid;
    return not_private(directory + " belongs to user " + std::to_string(owner) + ", not to user " +
                       std::to_string(uid));
  }
  if ((info.st_mode & 022) != 0) {
    return not_private(directory + " is writable by others (mode " + octal(info.st_mode) + ")");
  }
  return {};
}

}  // namespace cbundle
