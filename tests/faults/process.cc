#include "tests/faults/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

namespace cbundle::faults {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

fs::path new_output() {
  static int count = 0;
  return fs::temp_directory_path() /
         ("cbundle-faults-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
}

}  // namespace

Process::Process(const Command& command, void (*before_exec)()) : output_(new_output()) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : command.environment) variables.push_back(name + "=" + value);
  const std::vector<char*> arguments = pointers_to(command.arguments);
  const std::vector<char*> environment = pointers_to(variables);
  const std::string out = output_.native() + ".out";
  const std::string err = output_.native() + ".err";
  pid_ = ::fork();  // NOLINT(cppcoreguidelines-prefer-member-initializer): after all of this
  if (pid_ != 0) return;
  constexpr int flags = O_CREAT | O_TRUNC | O_WRONLY | O_APPEND;
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(::open(out.c_str(), flags, 0600), STDOUT_FILENO);
  ::dup2(::open(err.c_str(), flags, 0600), STDERR_FILENO);
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  if (::chdir(command.directory.c_str()) != 0) ::_exit(126);
  if (before_exec != nullptr) before_exec();
  ::execve(arguments.front(), arguments.data(), environment.data());
  ::_exit(127);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), output_(std::move(other.output_)) {}

Process::~Process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  fs::remove(output_.native() + ".out", ignored);
  fs::remove(output_.native() + ".err", ignored);
}

Ended Process::wait(std::chrono::seconds limit) {
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  pollfd waiting{pidfd, POLLIN, 0};
  const auto milliseconds = std::chrono::milliseconds(limit).count();
  const bool hung = ::poll(&waiting, 1, static_cast<int>(milliseconds)) == 0;
  ::close(pidfd);
  if (hung) ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  Ended end = ended(status);
  end.hung = hung;
  return end;
}

Ended Process::ended(int wait_status) {
  pid_ = -1;
  Ended end;
  end.status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
  end.output = content_of(output_.native() + ".out");
  end.errors = content_of(output_.native() + ".err");
  return end;
}

Ended run(const Command& command, std::chrono::seconds limit) {
  return Process(command).wait(limit);
}

bool is_running(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("State:")) return line.find('Z') == line.npos;
  }
  return false;
}

std::vector<pid_t> processes_of(const fs::path& program, const std::string& text) {
  std::vector<pid_t> found;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator("/proc", code)) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0 || !is_running(pid)) continue;
    std::string exe = fs::read_symlink(entry.path() / "exe", code).native();
    if (exe.ends_with(" (deleted)")) exe.resize(exe.size() - 10);
    if (exe != program) continue;
    const bool is_ours = content_of(entry.path() / "environ").find(text) != std::string::npos ||
                         content_of(entry.path() / "cmdline").find(text) != std::string::npos;
    if (is_ours) found.push_back(pid);
  }
  return found;
}

}  // namespace cbundle::faults
