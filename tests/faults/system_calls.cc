// A fault at a system call: the program is killed there, or the call fails, or is short.
#include <sys/syscall.h>

#include <cerrno>
#include <optional>

#include "tests/faults/part.h"
#include "tests/faults/traced_run.h"
#include "tests/faults/workplace.h"

namespace cbundle::faults {
namespace {

using std::chrono::seconds;

// Which program is struck, and how it is run.
struct Subject {
  const char* name;
  const char* program;
  Variables environment;
  // Whether a build without a cache, under the same fault, would fail as well: then an error is
  // right, as long as it is one. A daemon's fault never fails a build, which can do without it.
  bool may_fail;
};

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all{
      {"the daemon", "cbundled", {}, false},
      {"a private daemon", "cbundled", {{"CBUNDLE_DAEMON", "never"}}, true},
      {"the client", "cbundle", {}, true},
  };
  return all;
}

struct FaultKind {
  std::string text;  // "ENOSPC"
  Fault::Kind kind;
  int error;
  std::vector<long> calls;
};

std::vector<FaultKind> error_kinds() {
  using Kind = Fault::Kind;
  return {
      {"ENOSPC",
       Kind::error,
       ENOSPC,
       {SYS_openat, SYS_write, SYS_pwrite64, SYS_fallocate, SYS_ftruncate, SYS_mkdir, SYS_mkdirat,
        SYS_symlink, SYS_symlinkat, SYS_link, SYS_linkat, SYS_rename, SYS_renameat, SYS_renameat2,
        SYS_fsync, SYS_fdatasync, SYS_bind}},
      {"EIO",
       Kind::error,
       EIO,
       {SYS_openat, SYS_read, SYS_pread64, SYS_write, SYS_pwrite64, SYS_fsync, SYS_fdatasync,
        SYS_newfstatat, SYS_statx, SYS_getdents64, SYS_ftruncate, SYS_unlink, SYS_unlinkat,
        SYS_rmdir, SYS_rename, SYS_readlink, SYS_readlinkat}},
      {"EMFILE",
       Kind::error,
       EMFILE,
       {SYS_openat, SYS_pipe2, SYS_eventfd2, SYS_socket, SYS_socketpair, SYS_accept4,
        SYS_epoll_create1, SYS_pidfd_open, SYS_signalfd4, SYS_inotify_init1, SYS_timerfd_create,
        SYS_memfd_create, SYS_dup, SYS_dup3}},
      {"ENOMEM",
       Kind::error,
       ENOMEM,
       {SYS_mmap, SYS_mremap, SYS_brk, SYS_mprotect, SYS_clone, SYS_clone3, SYS_vfork, SYS_openat,
        SYS_epoll_ctl, SYS_socket, SYS_sendmsg, SYS_recvmsg, SYS_sendto, SYS_recvfrom}},
      {"short counts",
       Kind::short_count,
       0,
       {SYS_read, SYS_pread64, SYS_write, SYS_pwrite64, SYS_sendto, SYS_recvfrom}},
  };
}

// What is done under each fault: a build of an empty cache, the same again, and one that reuses its
// links. Then, without a fault, the same again by a new daemon.
class Scenario {
 public:
  explicit Scenario(const std::filesystem::path& programs) : workplace_(programs) {
    make_sources(workplace_.path() / "src");
    std::vector<std::string> other = usual_arguments();
    other.insert(other.begin(), {"--section", ".other"});
    arguments_ = {usual_arguments(), usual_arguments(), other};
    for (const auto& arguments : arguments_)
      wanted_.push_back(workplace_.uncached(build(arguments)));
  }

  // The first build is traced, and the daemon that it starts for the others too.
  std::string run(const Subject& subject, const Fault& fault, std::size_t* calls = nullptr) {
    workplace_.remove_cache();
    std::string wrong;
    {
      const Command first = build(arguments_.front(), subject.environment);
      std::error_code ignored;
      std::filesystem::remove(first.directory / "out.o", ignored);
      TracedRun traced(first, fault);
      const Ended ended = traced.wait(seconds(60));
      const Answer answer = Workplace::answer(first, ended);
      const bool is_excused = traced.has_struck() && subject.may_fail && answer.status > 0;
      if (!is_excused) wrong += compare(0, answer, "the first build");
      if (is_excused && std::filesystem::exists(first.directory / "out.o")) {
        wrong += "a build that failed has left an object; ";
      }
      for (std::size_t i = 1; i < arguments_.size(); ++i) {
        wrong += compare(i, workplace_.answer(build(arguments_[i], subject.environment)),
                         "a later build");
      }
      wrong += workplace_.stop();
      if (!traced.finish(seconds(30))) wrong += "what was traced does not end; ";
      if (calls != nullptr) *calls = traced.calls();
    }
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      wrong += compare(i, workplace_.answer(build(arguments_[i])), "a build by the next daemon");
    }
    wrong += workplace_.stop();
    // Each process sweeps the places that it uses itself: this one $TMPDIR.
    workplace_.answer(build(arguments_.front(), {{"CBUNDLE_DAEMON", "never"}}));
    const std::string left = workplace_.left_behind();
    if (!left.empty()) wrong += "left behind: " + left;
    workplace_.clean();
    return wrong;
  }

 private:
  Command build(const std::vector<std::string>& arguments, const Variables& more = {}) const {
    return workplace_.build(workplace_.path() / "src", arguments, more);
  }

  std::string compare(std::size_t i, const Answer& answer, const std::string& which) const {
    if (answer == wanted_[i]) return {};
    return which + " answers: " + text_of(answer) + "\n  instead of: " + text_of(wanted_[i]) + "; ";
  }

  Workplace workplace_;
  std::vector<std::vector<std::string>> arguments_;
  std::vector<Answer> wanted_;
};

// One kind of fault, at each call of each subject.
class SystemCallPart final : public Part {
 public:
  SystemCallPart(std::filesystem::path programs, std::string name, std::string title,
                 FaultKind kind)
      : programs_(std::move(programs)),
        name_(std::move(name)),
        title_(std::move(title)),
        kind_(std::move(kind)) {}

  std::string_view name() const override { return name_; }
  std::string_view title() const override { return title_; }

  std::size_t size() override {
    if (!can_trace()) return 0;
    if (!scenario_) count();
    std::size_t sum = 0;
    for (const std::size_t calls : calls_) sum += calls;
    return sum;
  }

  std::string run(std::size_t number) override {
    size();
    for (std::size_t i = 0; i < subjects().size(); ++i) {
      if (number >= calls_[i]) {
        number -= calls_[i];
        continue;
      }
      const std::string wrong = scenario_->run(subjects()[i], fault(i, number + 1));
      if (wrong.empty()) return {};
      return kind_.text + " at call " + std::to_string(number + 1) + " of " + subjects()[i].name +
             ": " + wrong;
    }
    return {};
  }

 private:
  Fault fault(std::size_t subject, std::size_t at) const {
    return {kind_.kind, kind_.error, kind_.calls, kind_.error != 0, subjects()[subject].program,
            at};
  }

  void count() {
    scenario_.emplace(programs_);
    for (std::size_t i = 0; i < subjects().size(); ++i) {
      std::size_t calls = 0;
      scenario_->run(subjects()[i], fault(i, 0), &calls);
      calls_.push_back(calls);
    }
  }

  std::filesystem::path programs_;
  std::string name_;
  std::string title_;
  FaultKind kind_;
  std::optional<Scenario> scenario_;
  std::vector<std::size_t> calls_;  // of each subject
};

}  // namespace

Parts system_call_parts(const std::filesystem::path& programs) {
  Parts parts;
  parts.push_back(std::make_unique<SystemCallPart>(
      programs, "kill", "kill -9 at each system call of client, daemon and private daemon",
      FaultKind{"SIGKILL", Fault::Kind::kill, 0, {}}));
  for (FaultKind& kind : error_kinds()) {
    const bool is_short = kind.kind == Fault::Kind::short_count;
    const std::string name = is_short ? "short" : kind.text;
    const std::string title = is_short ? "short reads and writes, at each call"
                                       : kind.text + " at each system call that can give it";
    parts.push_back(std::make_unique<SystemCallPart>(programs, name, title, std::move(kind)));
  }
  return parts;
}

}  // namespace cbundle::faults
