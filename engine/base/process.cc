#include "engine/base/process.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "engine/base/files.h"

namespace cbundle {
namespace {

// A file of /proc/PID; empty where it cannot be read.
std::string content_of(pid_t pid, const char* name) {
  const auto content = read_file("/proc/" + std::to_string(pid) + '/' + name);
  return content ? content.value() : std::string();
}

// Whether a list of strings, each with its NUL, has `wanted`.
bool has_string(std::string_view list, const std::string& wanted) {
  return list.starts_with(wanted + '\0') || list.find('\0' + wanted + '\0') != list.npos;
}

}  // namespace

std::optional<ProcessState> state_of_process(pid_t pid) {
  if (pid <= 0) return std::nullopt;
  const std::string line = content_of(pid, "stat");
  // The name, in parentheses, may have any characters.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  char state = 0;
  unsigned long long user = 0;
  unsigned long long system = 0;
  ProcessState found;
  const int count = std::sscanf(line.c_str() + name_end + 1,
                                " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d "
                                "%*d %*d %*d %*d %llu",
                                &state, &user, &system, &found.started);
  const bool has_ended = state == 'Z' || state == 'X';  // and nobody has asked how
  if (count != 4 || has_ended) return std::nullopt;
  found.is_stopped = state == 'T' || state == 't';
  found.cpu_time = user + system;
  return found;
}

std::string name_of_process(pid_t pid) {
  std::string name = content_of(pid, "comm");
  if (name.ends_with('\n')) name.pop_back();
  return name;
}

bool is_own_cbundled(pid_t pid) {
  struct stat info {};
  const std::string directory = "/proc/" + std::to_string(pid);
  return ::stat(directory.c_str(), &info) == 0 && info.st_uid == ::geteuid() &&
         name_of_process(pid) == "cbundled";
}

bool has_argument(pid_t pid, const std::string& argument) {
  return has_string(content_of(pid, "cmdline"), argument);
}

bool has_variable(pid_t pid, const std::string& variable) {
  return has_string(content_of(pid, "environ"), variable);
}

}  // namespace cbundle
