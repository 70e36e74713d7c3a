// cbundle doctor: what is broken, and what costs time.
#include <algorithm>
#include <ctime>
#include <map>
#include <optional>

#include "client/admin_call.h"
#include "client/command.h"
#include "client/daemon.h"
#include "client/directory_checks.h"
#include "client/quantity.h"
#include "client/service.h"
#include "client/terminal.h"
#include "engine/base/counters.h"
#include "engine/base/process.h"
#include "engine/base/text.h"
#include "proto/errors.h"
#include "proto/private_runs.h"

namespace cbundle {
namespace {

using Level = Finding::Level;

v1::StatusRequest status_request() {
  v1::StatusRequest request;
  request.set_search_path(std::string(process_variable("PATH")));
  return request;
}

// Of a daemon that accepts a connection but does not answer.
Finding not_answering(int pid, const std::string& message) {
  const std::string process = "the daemon, process " + std::to_string(pid) + ',';
  const std::optional<ProcessState> state = state_of_process(pid);
  if (state && state->is_stopped) {
    return {Level::broken, "daemon", process + " is stopped, so builds are private",
            "kill -CONT " + std::to_string(pid)};
  }
  return {Level::broken, "daemon", process + " does not answer: " + message,
          "if it stays so: kill -9 " + std::to_string(pid) + "; the next build starts another"};
}

// The running daemon, if there is one that answers.
struct Asked {
  v1::StatusResponse status;
  v1::StatsResponse stats;
  bool is_answered = false;
};

Asked ask_running(const Environment& environment, Findings& findings) {
  Asked asked;
  const auto connection = connect_to_daemon(environment);
  if (!connection) {
    const Diagnostic& first = connection.error().diagnostics.front();
    if (connection.error().kind == ErrorKind::no_daemon) {
      findings.push_back(
          {Level::fine, "daemon", "no daemon is running; the next build starts one"});
    } else {
      findings.push_back({Level::broken, "daemon", first.message, first.hint});
    }
    return asked;
  }
  constexpr std::chrono::milliseconds timeout{2000};
  Connection& daemon = *connection.value();
  CallEnd end = call_admin(daemon, "Status", status_request(), asked.status, timeout);
  if (end.is_ok())
    end = call_admin(daemon, "Stats", v1::StatsRequest(), asked.stats, admin_timeout);
  asked.is_answered = end.is_ok();
  if (!asked.is_answered) {
    findings.push_back(not_answering(daemon.peer_process(), end.message));
    return asked;
  }
  const auto age = static_cast<std::uint64_t>(
      std::max<std::int64_t>(std::time(nullptr) - asked.status.started(), 0));
  findings.push_back({Level::fine, "daemon",
                      "the daemon is process " + std::to_string(asked.status.pid()) + ", version " +
                          asked.status.version() + ", and has run for " + format_duration(age)});
  for (Finding& each : check_same_world(static_cast<int>(asked.status.pid()))) {
    findings.push_back(std::move(each));
  }
  return asked;
}

// What a private daemon finds when it opens the cache.
Asked ask_private(Environment environment, Findings& findings) {
  environment.daemon = DaemonUse::never;
  Asked asked;
  const Result<void> called = call_daemon(
      environment, {.verbosity = Verbosity::quiet, .hide_log = true}, [&](Connection& daemon) {
        asked = {};
        CallEnd end = call_admin(daemon, "Status", status_request(), asked.status);
        return end.is_ok() ? call_admin(daemon, "Stats", v1::StatsRequest(), asked.stats) : end;
      });
  asked.is_answered = static_cast<bool>(called);
  if (!called) {
    const Diagnostic& first = called.error().diagnostics.front();
    findings.push_back({Level::broken, "private-daemon", first.message, first.hint});
  }
  return asked;
}

void add_version(const v1::StatusResponse& status, Findings& findings) {
  if (status.version() == CBUNDLE_VERSION) return;
  findings.push_back({Level::costs, "version",
                      "cbundled is version " + status.version() +
                          ", but cbundle is " CBUNDLE_VERSION
                          "; each has a daemon of its own started, or builds privately while the "
                          "other's is busy",
                      "install both of one version, then run 'cbundle stop'"});
}

void add_problems(const v1::StatusResponse& status, Findings& findings) {
  for (const v1::Problem& problem : status.problems()) {
    const Diagnostic what = diagnostic_of(problem.what());
    const Level level = what.severity == Severity::error ? Level::broken : Level::costs;
    findings.push_back({level, problem.name(), what.message, what.hint});
  }
}

// A daemon keeps the settings that it was started with.
void add_cache_directory(const v1::StatusResponse& status, const Environment& environment,
                         Findings& findings) {
  for (const v1::SettingValue& setting : status.settings()) {
    if (setting.name() != "cache_dir" || setting.value() == environment.paths.cache_dir) continue;
    findings.push_back({Level::costs, "other-cache",
                        "the running daemon uses the cache in " + setting.value() + ", not in " +
                            environment.paths.cache_dir,
                        "run 'cbundle stop', or unset CBUNDLE_SOCKET"});
  }
}

void add_linkers(const v1::StatusResponse& status, Findings& findings) {
  std::string found;
  std::string missing;
  for (const v1::FoundLinker& linker : status.linkers()) {
    std::string& list = linker.program().empty() ? missing : found;
    list += (list.empty() ? "" : ", ") + linker.machine();
    if (!linker.is_script()) continue;
    findings.push_back({Level::costs, "linker-is-a-script",
                        linker.program() + ", the linker for " + linker.machine() +
                            ", is a script, so what it runs cannot be known",
                        "name the linker itself with --linker"});
  }
  if (status.linkers().empty()) return;
  if (found.empty()) {
    findings.push_back({Level::broken, "linkers", "there is no linker on PATH",
                        "install binutils, or name a linker with --linker"});
    return;
  }
  findings.push_back({Level::fine, "linkers",
                      "there are linkers for " + found +
                          (missing.empty() ? std::string() : "; none for " + missing)});
}

void add_size(const v1::StatsResponse& stats, Findings& findings) {
  std::string message = "the cache holds " + format_count(stats.entries()) + " entries in " +
                        format_size(stats.bytes());
  if (stats.max_bytes() != 0) message += " of " + format_size(stats.max_bytes());
  findings.push_back({Level::fine, "cache", message});
  constexpr std::uint64_t low = 64 << 20;  // bytes: six bundles of 10 MB
  if (stats.max_bytes() != 0 && stats.max_bytes() < low) {
    findings.push_back({Level::costs, "max-size",
                        "max_size is only " + format_size(stats.max_bytes()),
                        "set CBUNDLE_MAX_SIZE to more, such as 1G"});
  }
}

// What was edited for a build has just been written.
bool is_usual(const CounterRow& row, std::uint64_t count, const v1::StatsResponse& stats) {
  constexpr std::uint64_t edited = 4;  // files, for one build
  const auto builds = stats.counters().find("build.done");
  return row.name == "input.young" && builds != stats.counters().end() &&
         count <= edited * builds->second;
}

void add_counters(const v1::StatsResponse& stats, Findings& findings) {
  for (const CounterRow& row : all_counters()) {
    const auto found = stats.counters().find(std::string(row.name));
    if (row.meaning == CounterRow::Meaning::normal || found == stats.counters().end()) continue;
    if (found->second == 0 || is_usual(row, found->second, stats)) continue;
    const bool is_broken = row.meaning == CounterRow::Meaning::broken;
    findings.push_back({is_broken ? Level::broken : Level::costs, std::string(row.name),
                        std::string(row.words) + ": " + format_count(found->second),
                        std::string(row.hint)});
  }
}

void add_private_runs(const Environment& environment, std::int64_t since, Findings& findings) {
  std::map<std::string, PrivateRun> last;  // by reason
  std::map<std::string, std::uint64_t> counts;
  for (const PrivateRun& run : private_runs(environment.paths)) {
    if (run.time < since) continue;
    last[run.reason] = run;
    ++counts[run.reason];
  }
  for (const auto& [reason, run] : last) {
    const std::uint64_t count = counts[reason];
    findings.push_back({Level::costs, "private-builds",
                        format_count(count) + (count == 1 ? " build was" : " builds were") +
                            " private, without a daemon; last at " +
                            format_time(run.time, std::time(nullptr)) + ": " + reason,
                        "a private build finds only results that no running daemon holds"});
  }
}

Findings diagnose(const Environment& environment) {
  Findings findings = check_directories(environment);
  Asked asked = ask_running(environment, findings);
  // A private daemon cannot have the cache that a broken one holds.
  const bool may_open = asked.is_answered || !is_anything_broken(findings);
  if (!asked.is_answered) asked = ask_private(environment, findings);
  if (asked.is_answered) {
    add_version(asked.status, findings);
    add_cache_directory(asked.status, environment, findings);
    add_linkers(asked.status, findings);
  }
  if (asked.is_answered && may_open) {
    add_problems(asked.status, findings);
    add_size(asked.stats, findings);
    add_counters(asked.stats, findings);
  }
  add_private_runs(environment, asked.stats.since(), findings);
  if (environment.disabled) {
    findings.push_back({Level::costs, "disabled", "CBUNDLE_DISABLE=1 turns the cache off",
                        "unset CBUNDLE_DISABLE"});
  } else if (environment.daemon == DaemonUse::never) {
    findings.push_back({Level::costs, "never", "with CBUNDLE_DAEMON=never each build is private",
                        "unset CBUNDLE_DAEMON"});
  }
  return findings;
}

}  // namespace

Result<ExitCode> run_doctor(const Arguments& arguments, const Environment& environment) {
  const Findings findings = diagnose(environment);
  TRY(print(arguments.has(Option::json) ? json_of(findings) : text_of(findings)));
  return is_anything_broken(findings) ? ExitCode::build_failed : ExitCode::done;
}

}  // namespace cbundle
