#include "engine/tool/process_executor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
extern "C" {  // missing in the header of glibc 2.36
#include <sys/pidfd.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/fd.h"
#include "engine/base/files.h"

namespace cbundle {
namespace {

constexpr std::size_t max_output = std::size_t{1} << 20;  // bytes

Error cannot_run(const Command& command, int code) {
  const bool is_missing = code == ENOENT || code == EACCES;
  // All others are of this process or this machine: another process may fare better.
  constexpr std::array of_program{ENOENT, EACCES, ENOEXEC, ENOTDIR, EPERM, ELOOP, E2BIG, ETXTBSY};
  const bool is_its_own = std::ranges::find(of_program, code) != of_program.end();
  return {is_its_own ? ErrorKind::tool_failed : ErrorKind::unavailable,
          "cannot run " + command.program.string() + ": " + errno_message(code),
          is_missing ? "install its package, or name another linker with --linker" : ""};
}

Error stopped(const Command& command) {
  return {ErrorKind::cancelled,
          command.program.filename().string() + " was killed: the build was cancelled"};
}

void add(const Fd& counter, std::uint64_t value) {
  [[maybe_unused]] const ssize_t put = ::write(counter.get(), &value, sizeof value);
}

// A stop token that poll() can wait for.
class StopSignal {
 public:
  explicit StopSignal(const std::stop_token& stop)
      : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), callback_(stop, Signal{event_}) {}

  int fd() const { return event_.get(); }

 private:
  struct Signal {
    const Fd& event;
    void operator()() const { add(event, 1); }
  };
  Fd event_;
  std::stop_callback<Signal> callback_;
};

// A process and its group, killed and reaped by the destructor at the latest.
class Process {
 public:
  static Result<Process> start(Spawner& spawner, const Command& command, int output) {
    const auto [pid, code] = spawner.start(command, output);
    if (code != 0 && ::access(command.directory.c_str(), X_OK) != 0) {
      return Error{ErrorKind::unavailable, "cannot run a tool in " + command.directory.string() +
                                               ": " + errno_message(errno)};
    }
    if (code != 0) return cannot_run(command, code);
    Process process(pid, Fd(::pidfd_open(pid, 0)));
    if (!process.pidfd_) return cannot_run(command, errno);
    return process;
  }

  Process(Process&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)) {}
  Process& operator=(Process&&) = delete;
  ~Process() {
    if (pid_ > 0) end();
  }

  int pidfd() const { return pidfd_.get(); }

  // Kills the rest of the group, then waits. The kernel does not reuse the group's number until its
  // leader has been reaped.
  int end() {
    ::kill(-pid_, SIGKILL);
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
    }
    pid_ = -1;
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  }

 private:
  Process(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  pid_t pid_;
  Fd pidfd_;
};

// The read end of the pipe that has a process's output.
class Output {
 public:
  explicit Output(Fd pipe) : pipe_(std::move(pipe)) {}

  int fd() const { return pipe_.get(); }  // -1 after the end of the output

  // Reads what the pipe contains, without waiting.
  void read() {
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t got = ::read(pipe_.get(), buffer.data(), buffer.size());
      if (got > 0) {
        const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
        text_ += bytes.substr(0, max_output - text_.size());
        received_ += bytes.size();
      } else if (got == 0 || errno != EINTR) {
        if (got == 0 || errno != EAGAIN) pipe_ = Fd();
        return;
      }
    }
  }

  std::string text() && {
    const std::size_t dropped = received_ - text_.size();
    if (dropped == 0) return std::move(text_);
    if (!text_.ends_with('\n')) text_ += '\n';
    return std::move(text_) + "(" + std::to_string(dropped) + " more bytes of output left out)\n";
  }

 private:
  Fd pipe_;
  std::string text_;
  std::size_t received_ = 0;  // bytes
};

// Collects output until the process has ended (true) or was stopped (false). Output may wait in the
// pipe, which holds 64 KB: waking up for each write slows down the program and the daemon.
bool wait_for_end(const Process& process, const StopSignal& stop, Output& output) {
  constexpr int interval_ms = 10;
  for (;;) {
    std::array<pollfd, 2> waits{{{process.pidfd(), POLLIN, 0}, {stop.fd(), POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), interval_ms) < 0) continue;
    if (waits[1].revents != 0) return false;
    output.read();
    if (waits[0].revents != 0) return true;
  }
}

}  // namespace

Result<Exit> ProcessExecutor::execute(const Command& command, const std::stop_token& stop) {
  const StopSignal stop_signal(stop);
  if (stop_signal.fd() < 0) return cannot_run(command, errno);
  const std::optional<Slots::Slot> slot = slots_.wait(command.project, stop);
  if (!slot) return stopped(command);
  const SharedSlots::Slot shared = shared_slots_.take(stop);
  if (stop.stop_requested()) return stopped(command);

  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannot_run(command, errno);
  Output output{Fd(ends[0])};
  Fd input(ends[1]);
  ::fcntl(output.fd(), F_SETFL, O_NONBLOCK);

  Process process = TRY(Process::start(spawner_, command, input.get()));
  input = Fd();  // ours; the output ends when the program's own copies are closed
  if (!wait_for_end(process, stop_signal, output)) return stopped(command);
  const int status = process.end();
  output.read();
  return Exit{status, std::move(output).text()};
}

}  // namespace cbundle
