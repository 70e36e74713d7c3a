// Runs a command under ptrace, and makes one of the system calls of one program in it fail.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/faults/process.h"

namespace cbundle::faults {

struct Fault {
  enum class Kind { kill, error, short_count };
  Kind kind = Kind::kill;
  int error = 0;            // an errno
  std::vector<long> calls;  // the numbers of the system calls that count; empty: all
  bool of_files = false;    // those on descriptors count for regular files only, not for pipes
  std::string program;      // the base name of the program whose calls count
  std::size_t at = 0;       // the first of them is 1; 0: none fails, they are counted only
};

// Follows the command and its descendants as far as they run `program` or the command's own; all
// others, such as linkers, run untraced. Where the machine's registers are not known, nothing is
// traced: see can_trace().
class TracedRun {
 public:
  TracedRun(const Command& command, Fault fault);
  TracedRun(const TracedRun&) = delete;
  TracedRun& operator=(const TracedRun&) = delete;
  ~TracedRun();  // kills all that is traced

  // Of the command itself; what it has started may run on, traced.
  Ended wait(std::chrono::seconds limit);

  // Waits until nothing is traced any more; false, and everything is killed, after the limit.
  bool finish(std::chrono::seconds limit);

  std::size_t calls() const;  // that counted, so far
  bool has_struck() const;

 private:
  class Tracer;
  std::unique_ptr<Tracer> tracer_;
};

bool can_trace();

}  // namespace cbundle::faults
