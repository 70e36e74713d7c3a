#include "engine/tool/spawner.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

// glibc's clone() by its other name: the thread sanitizer takes each clone() for a fork, and then
// loses track of locks. NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" int __clone(int (*run)(void*), void* stack, int flags, void* argument, ...) noexcept;

namespace cbundle {
namespace {

// As exec takes them: pointers, ended by a null.
std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// All that the child needs: it must not allocate, as it shares this process's memory.
struct Plan {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const char* directory;
  int output;
  pid_t parent;
  int error = 0;  // the child's, for the parent
};

// The sanitizers' own open() and dup2() would write down descriptors that only the child has.
bool redirect(int from, int to) { return ::syscall(SYS_dup3, from, to, 0) == to; }
int open_null() { return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY)); }

// In the child, on a stack of its own: from here to exec only system calls.
#if defined(__clang__) || defined(__GNUC__)
__attribute__((no_sanitize("address", "thread", "undefined")))
#endif
int become(void* argument) {
  Plan& plan = *static_cast<Plan*>(argument);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &usual, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  const int null = open_null();
  const bool is_ready =
      ::setpgid(0, 0) == 0 && ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
      ::getppid() == plan.parent && null >= 0 && redirect(null, STDIN_FILENO) &&
      redirect(plan.output, STDOUT_FILENO) && redirect(plan.output, STDERR_FILENO) &&
      ::close_range(STDERR_FILENO + 1, ~0U, 0) == 0 && ::chdir(plan.directory) == 0;
  // These do not return, which sanitizers' versions of them would wait for in the shared memory.
  if (is_ready) ::syscall(SYS_execve, plan.program, plan.arguments, plan.environment);
  plan.error = errno;
  ::syscall(SYS_exit_group, 127);
  return 127;
}

Spawner::Started spawn(const Command& command, int output) {
  std::vector<std::string> words{command.program.string()};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  const std::vector<char*> arguments = pointers_to(words);
  const std::vector<char*> environment = pointers_to(command.environment);
  Plan plan{command.program.c_str(),   arguments.data(), environment.data(),
            command.directory.c_str(), output,           ::getpid()};
  // No handler of ours runs in the child.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  alignas(16) std::array<char, 32 << 10> stack;
  const pid_t process =
      __clone(become, stack.data() + stack.size(), CLONE_VM | CLONE_VFORK | SIGCHLD, &plan);
  const int error = process < 0 ? errno : plan.error;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (process < 0 || error == 0) return {process, error};
  ::waitpid(process, nullptr, 0);
  return {-1, error};
}

}  // namespace

struct Spawner::Request {
  const Command& command;
  int output;
  Started started;
  bool is_done = false;
};

Spawner::Spawner() {
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {  // too many threads
  }
}

Spawner::~Spawner() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wanted_cv_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Spawner::Started Spawner::start(const Command& command, int output) {
  if (!thread_.joinable()) return spawn(command, output);
  Request request{command, output, {}};
  std::unique_lock lock(mutex_);
  wanted_.push_back(&request);
  wanted_cv_.notify_one();
  started_cv_.wait(lock, [&] { return request.is_done; });
  return request.started;
}

void Spawner::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wanted_cv_.wait(lock, [this] { return is_stopping_ || !wanted_.empty(); });
    if (wanted_.empty()) return;
    Request& request = *wanted_.front();
    wanted_.pop_front();
    lock.unlock();
    const Started started = spawn(request.command, request.output);
    lock.lock();
    request.started = started;
    request.is_done = true;
    started_cv_.notify_all();
  }
}

}  // namespace cbundle
