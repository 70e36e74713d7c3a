#include "tests/faults/traced_run.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace cbundle::faults {
namespace {

namespace fs = std::filesystem;

#if defined(__x86_64__)
constexpr bool has_registers = true;
auto& call_of(user_regs_struct& registers) { return registers.orig_rax; }
auto& result_of(user_regs_struct& registers) { return registers.rax; }
auto& third_argument_of(user_regs_struct& registers) { return registers.rdx; }
#else
constexpr bool has_registers = false;
#endif

std::string program_of(pid_t process) {
  std::error_code code;
  return fs::read_symlink("/proc/" + std::to_string(process) + "/exe", code).filename().native();
}

// The process of a thread.
pid_t process_of(pid_t thread) {
  std::ifstream status("/proc/" + std::to_string(thread) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Tgid:")) return std::atoi(line.c_str() + 5);
  }
  return thread;
}

// Whether the call is on a descriptor of a pipe, a socket, an eventfd or a device.
bool is_of_another_file(pid_t process, const __ptrace_syscall_info& info) {
  constexpr std::array on_descriptors{SYS_read,  SYS_pread64,   SYS_write,     SYS_pwrite64,
                                      SYS_fsync, SYS_fdatasync, SYS_ftruncate, SYS_fallocate};
  const auto call = static_cast<long>(info.entry.nr);
  if (std::ranges::find(on_descriptors, call) == on_descriptors.end()) return false;
  std::error_code code;
  const std::string file =
      fs::read_symlink(
          "/proc/" + std::to_string(process) + "/fd/" + std::to_string(info.entry.args[0]), code)
          .native();
  return !file.starts_with('/') || file.starts_with("/dev/") || file.starts_with("/proc/");
}

void be_traced() {
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  ::raise(SIGSTOP);
}

}  // namespace

bool can_trace() { return has_registers; }

// ptrace works for one thread of the tracer, so all of it runs in one.
class TracedRun::Tracer {
 public:
  Tracer(const Command& command, Fault fault)
      : command_(command),
        fault_(std::move(fault)),
        own_program_(fs::path(command.arguments.front()).filename()),
        thread_([this] { run(); }) {}
  ~Tracer() {
    kill_all();
    thread_.join();
  }

  Ended wait(std::chrono::seconds limit) {
    std::unique_lock lock(mutex_);
    const bool in_time = changed_.wait_for(lock, limit, [&] { return ended_.has_value(); });
    if (!in_time) {
      lock.unlock();
      kill_all();
      lock.lock();
      changed_.wait(lock, [&] { return ended_.has_value(); });
    }
    Ended end = *ended_;
    end.hung = !in_time;
    return end;
  }

  bool finish(std::chrono::seconds limit) {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, limit, [&] { return is_over_; })) return true;
    lock.unlock();
    kill_all();
    return false;
  }

  std::size_t calls() const { return calls_; }
  bool has_struck() const { return has_struck_; }

 private:
  struct Thread {
    pid_t process = 0;
    bool is_new = true;   // its first stop is the tracer's own
    bool counts = false;  // it runs the fault's program
    bool fails = false;   // this call's result is to be replaced
  };

  void run() {
    Process child(command_, be_traced);
    child_ = &child;
    int status = 0;
    ::waitpid(child.pid(), &status, 0);
    constexpr long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                             PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    ::ptrace(PTRACE_SETOPTIONS, child.pid(), nullptr, options);
    add(child.pid()).is_new = false;
    first_ = child.pid();
    ::ptrace(PTRACE_SYSCALL, child.pid(), nullptr, 0);
    for (;;) {
      const pid_t thread = ::waitpid(-1, &status, __WALL | __WNOTHREAD);
      if (thread < 0 && errno == EINTR) continue;
      if (thread < 0) break;
      on_change(thread, status);
    }
    const std::lock_guard lock(mutex_);
    if (!ended_) ended_ = Ended{};
    is_over_ = true;
    changed_.notify_all();
  }

  Thread& add(pid_t thread) {
    const auto [found, is_new] = threads_.try_emplace(thread);
    if (is_new) {
      found->second.process = process_of(thread);
      found->second.counts = program_of(found->second.process) == fault_.program;
      const std::lock_guard lock(mutex_);
      processes_.insert(found->second.process);
    }
    return found->second;
  }

  void on_change(pid_t thread, int status) {
    if (!WIFSTOPPED(status)) return on_end(thread, status);
    Thread& state = add(thread);
    const int signal = WSTOPSIG(status);
    const int event = status >> 16;
    if (signal == (SIGTRAP | 0x80)) {
      on_call(thread, state);
    } else if (event == PTRACE_EVENT_EXEC) {
      state.process = thread;
      const std::string program = program_of(thread);
      state.counts = program == fault_.program;
      if (!state.counts && program != own_program_) return detach(thread);
    } else if (event == 0 && !(state.is_new && signal == SIGSTOP)) {
      state.is_new = false;
      ::ptrace(PTRACE_SYSCALL, thread, nullptr, static_cast<long>(signal));
      return;
    }
    if (event == 0) state.is_new = false;
    ::ptrace(PTRACE_SYSCALL, thread, nullptr, 0);
  }

  void on_end(pid_t thread, int status) {
    threads_.erase(thread);
    const std::lock_guard lock(mutex_);
    if (thread == first_) ended_ = child_->ended(status);
    processes_.erase(thread);
    changed_.notify_all();
  }

  void detach(pid_t thread) {
    ::ptrace(PTRACE_DETACH, thread, nullptr, 0);
    threads_.erase(thread);
    const std::lock_guard lock(mutex_);
    processes_.erase(thread);
  }

  void on_call(pid_t thread, Thread& state) {
#if defined(__x86_64__)
    if (!state.counts) return;
    __ptrace_syscall_info info{};
    ::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info);
    if (info.op == PTRACE_SYSCALL_INFO_EXIT) return replace_result(thread, state);
    const bool matches =
        info.op == PTRACE_SYSCALL_INFO_ENTRY &&
        (fault_.calls.empty() ||
         std::ranges::find(fault_.calls, static_cast<long>(info.entry.nr)) != fault_.calls.end());
    if (!matches || (fault_.of_files && is_of_another_file(state.process, info))) return;
    if (++calls_ != fault_.at) return;
    has_struck_ = true;
    if (fault_.kind == Fault::Kind::kill) {
      ::kill(state.process, SIGKILL);
      return;
    }
    user_regs_struct registers{};
    ::ptrace(PTRACE_GETREGS, thread, nullptr, &registers);
    if (fault_.kind == Fault::Kind::short_count) {
      auto& count = third_argument_of(registers);
      if (count > 1) count /= 2;
    } else {
      call_of(registers) = static_cast<unsigned long long>(-1);
      state.fails = true;
    }
    ::ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
#else
    static_cast<void>(thread), static_cast<void>(state);
#endif
  }

  void replace_result(pid_t thread, Thread& state) const {
    if (!std::exchange(state.fails, false)) return;
#if defined(__x86_64__)
    user_regs_struct registers{};
    ::ptrace(PTRACE_GETREGS, thread, nullptr, &registers);
    result_of(registers) = static_cast<unsigned long long>(-fault_.error);
    ::ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
#else
    static_cast<void>(thread);
#endif
  }

  void kill_all() {
    const std::lock_guard lock(mutex_);
    for (const pid_t process : processes_) ::kill(process, SIGKILL);
  }

  const Command command_;
  const Fault fault_;
  const std::string own_program_;
  std::unordered_map<pid_t, Thread> threads_;
  std::atomic<std::size_t> calls_ = 0;
  std::atomic<bool> has_struck_ = false;
  pid_t first_ = 0;
  Process* child_ = nullptr;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<pid_t> processes_;  // traced
  std::optional<Ended> ended_;
  bool is_over_ = false;
  std::thread thread_;  // last: it uses all of the above
};

TracedRun::TracedRun(const Command& command, Fault fault)
    : tracer_(std::make_unique<Tracer>(command, std::move(fault))) {}
TracedRun::~TracedRun() = default;
Ended TracedRun::wait(std::chrono::seconds limit) { return tracer_->wait(limit); }
bool TracedRun::finish(std::chrono::seconds limit) { return tracer_->finish(limit); }
std::size_t TracedRun::calls() const { return tracer_->calls(); }
bool TracedRun::has_struck() const { return tracer_->has_struck(); }

}  // namespace cbundle::faults
