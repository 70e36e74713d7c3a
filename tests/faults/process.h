// Runs the real programs for the fault campaign, never for longer than a limit.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cbundle::faults {

using Variables = std::map<std::string, std::string>;

struct Command {
  std::vector<std::string> arguments;  // the program's path first
  std::filesystem::path directory;
  Variables environment;  // and nothing else
};

// How a process ended.
struct Ended {
  int status = -1;     // 128 + n where signal n ended it
  bool hung = false;   // it was killed, as it took longer than the limit
  std::string output;  // what it wrote to stdout
  std::string errors;  // and to stderr
};

// A child that was started; its output goes to two files, so that whoever inherits them (a daemon)
// holds nothing up.
class Process {
 public:
  // Where fork() is not enough, as for one that is traced, `before_exec` runs in the child.
  explicit Process(const Command& command, void (*before_exec)() = nullptr);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();  // kills it if it still runs

  pid_t pid() const { return pid_; }
  Ended wait(std::chrono::seconds limit);

  // Of a child that another has waited for, with its status of waitpid().
  Ended ended(int wait_status);

 private:
  pid_t pid_ = -1;
  std::filesystem::path output_;
};

Ended run(const Command& command, std::chrono::seconds limit);

// Whether the process runs; a zombie does not.
bool is_running(pid_t pid);

// The processes whose program is `program`, with `text` among their arguments or variables.
std::vector<pid_t> processes_of(const std::filesystem::path& program, const std::string& text);

}  // namespace cbundle::faults
