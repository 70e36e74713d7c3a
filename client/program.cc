#include "client/program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/base/text.h"

namespace cbundle {
namespace {

bool is_program(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

std::string absolute(const std::string& path) {
  char directory[4096];
  if (path.starts_with('/') || ::getcwd(directory, sizeof directory) == nullptr) return path;
  return std::string(directory) + '/' + path;
}

std::string own_directory() {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return {};
  const std::string_view own(path, static_cast<std::size_t>(length));
  return std::string(own.substr(0, own.rfind('/')));
}

std::vector<std::string> candidates() {
  std::vector<std::string> paths;
  if (const std::string own = own_directory(); !own.empty()) {
    paths = {own + "/cbundled", own + "/../libexec/cbundle/cbundled"};
  }
  std::string_view rest = process_variable("PATH");
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    if (const auto directory = rest.substr(0, colon); directory.starts_with('/')) {
      paths.push_back(std::string(directory) + "/cbundled");
    }
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return paths;
}

// A daemon serves builds of other environments too: it gets settings, and what they are found by.
bool is_for_daemon(std::string_view variable) {
  constexpr std::string_view names[] = {"CBUNDLE_",
                                        "HOME=", "XDG_RUNTIME_DIR=", "XDG_CACHE_HOME=", "TZ="};
  return std::any_of(std::begin(names), std::end(names),
                     [&](std::string_view name) { return variable.starts_with(name); });
}

std::vector<char*> environment_for(const Start& start) {
  std::vector<char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!start.detached || is_for_daemon(*variable)) variables.push_back(*variable);
  }
  variables.push_back(nullptr);
  return variables;
}

std::vector<char*> argv_for(const Start& start) {
  std::vector<char*> argv{const_cast<char*>(start.program.c_str())};
  for (const std::string& each : start.arguments) argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);
  return argv;
}

class SpawnOptions {
 public:
  explicit SpawnOptions(const Start& start) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, start.errors, 2);
    posix_spawn_file_actions_adddup2(&actions_, start.third, 3);
    posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions_, 4);
    posix_spawnattr_init(&attributes_);
    if (start.detached) detach();
  }
  ~SpawnOptions() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  // A detached program gets default signals, whatever the caller ignores or blocks.
  void detach() {
    posix_spawn_file_actions_addchdir_np(&actions_, "/");
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

Error cannot(const std::string& what) {
  return {ErrorKind::internal, "cannot " + what + ": " + errno_message(errno)};
}

}  // namespace

Result<std::string> find_daemon_program(const Environment& environment) {
  if (!environment.program.empty()) {
    if (is_program(environment.program)) return absolute(environment.program);
    return Error{ErrorKind::internal, "CBUNDLED names " + environment.program +
                                          ", which cannot be run: " + errno_message(errno)};
  }
  Diagnostics tried{{.message = "cannot find the daemon's program, cbundled",
                     .hint = "set CBUNDLED to its path, or install it beside cbundle"}};
  for (const std::string& path : candidates()) {
    if (is_program(path)) return path;
    tried.push_back({.severity = Severity::note, .message = "tried " + path});
  }
  return Error{ErrorKind::internal, std::move(tried)};
}

Result<pid_t> start_program(const Start& start) {
  const SpawnOptions options(start);
  pid_t process = 0;
  const int code =
      ::posix_spawn(&process, start.program.c_str(), options.actions(), options.attributes(),
                    argv_for(start).data(), environment_for(start).data());
  if (code == 0) return process;
  // The program's input and output are opened in its place, so their errors look like its own.
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) return cannot("open /dev/null, which " + start.program + " and linkers need");
  errno = code;
  return cannot("run " + start.program);
}

Result<SocketPair> make_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return cannot("create a socket pair");
  }
  return SocketPair{Fd(ends[0]), Fd(ends[1])};
}

}  // namespace cbundle
