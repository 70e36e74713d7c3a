// cbundle stats: what the cache holds, how often it was used, and what it has saved.
#include <algorithm>
#include <ctime>
#include <map>
#include <set>

#include "client/admin_call.h"
#include "client/command.h"
#include "client/json.h"
#include "client/quantity.h"
#include "client/service.h"
#include "client/terminal.h"
#include "engine/base/counters.h"
#include "proto/private_runs.h"

namespace cbundle {
namespace {

using Counters = std::map<std::string, std::uint64_t>;

Counters counters_of(const v1::StatsResponse& stats) {
  return {stats.counters().begin(), stats.counters().end()};
}

std::uint64_t value(const Counters& counters, const std::string& name) {
  const auto found = counters.find(name);
  return found == counters.end() ? 0 : found->second;
}

std::string json_of(const v1::StatsResponse& stats, const std::vector<PrivateRun>& runs) {
  JsonObject counters;
  for (const auto& [name, count] : counters_of(stats)) counters.number(name, count);
  JsonObject json;
  json.number("entries", stats.entries()).number("blobs", stats.blobs());
  json.number("bytes", stats.bytes()).number("max_bytes", stats.max_bytes());
  json.number("since", stats.since()).number("private_runs", runs.size());
  json.raw("counters", counters.take());
  return json.take() + '\n';
}

constexpr std::size_t name_width = 14;

std::string line(const std::string& name, const std::string& text) {
  return padded(name, name_width) + wrapped(text, name_width) + '\n';
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "0 %";
  if (part == whole) return "100 %";
  // 99.96 % is not 100 %.
  const auto tenths =
      static_cast<std::uint64_t>(1000.0 * static_cast<double>(part) / static_cast<double>(whole));
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " %";
}

std::string size_text(const v1::StatsResponse& stats) {
  if (stats.max_bytes() == 0) return format_size(stats.bytes()) + ", no limit";
  return format_size(stats.bytes()) + " of " + format_size(stats.max_bytes()) + " (" +
         percent(stats.bytes(), stats.max_bytes()) + ")";
}

std::string time_saved(std::uint64_t microseconds) {
  const std::uint64_t seconds = microseconds / 1'000'000;
  if (seconds >= 60) return format_duration(seconds);
  if (seconds == 0) return std::to_string(microseconds / 1000) + " ms";
  return std::to_string(seconds) + '.' + std::to_string(microseconds % 1'000'000 / 100'000) + " s";
}

std::string builds_text(const Counters& counters) {
  const std::uint64_t done = value(counters, "build.done");
  const std::uint64_t found = std::min(value(counters, "stage.bundle.hit"), done);
  const std::uint64_t failed = value(counters, "build.failed");
  std::string text = line("builds", format_count(done + failed));
  text += line("  found", format_count(found) + " (" + percent(found, done + failed) +
                              "): the whole bundle was in the cache");
  text += line("  ran", format_count(done - found) + ": at least one stage");
  if (failed > 0) text += line("  failed", format_count(failed));
  return text;
}

std::string private_text(const std::vector<PrivateRun>& runs, std::int64_t now) {
  if (runs.empty()) return {};
  return line("private", format_count(runs.size()) + ", without this daemon; last at " +
                             format_time(runs.back().time, now) + ": " + runs.back().reason);
}

// "partial        12       3       0", for each stage that was needed.
std::string stages_text(const Counters& counters) {
  std::set<std::string> stages;
  for (const auto& [name, count] : counters) {
    if (name.starts_with("stage.") && !name.starts_with("stage.bundle.")) {
      stages.insert(name.substr(6, name.rfind('.') - 6));
    }
  }
  if (stages.empty()) return {};
  const auto column = [](const std::string& text) {
    return std::string(10 - std::min<std::size_t>(text.size(), 9), ' ') + text;
  };
  std::string text = "\n" + padded("stage", name_width);
  text += column("found") + column("ran") + column("shared");
  const bool has_remote = value(counters, "remote.hit") > 0;
  text += (has_remote ? column("remote") : "") + '\n';
  for (const std::string& stage : stages) {
    text += padded(stage, name_width);
    for (const char* outcome : {"hit", "ran", "shared", "remote"}) {
      if (outcome == std::string_view("remote") && !has_remote) continue;
      text += column(format_count(value(counters, "stage." + stage + '.' + outcome)));
    }
    text += '\n';
  }
  return text;
}

// What has a line of its own above.
bool is_shown(const std::string& name) {
  return name == "build.done" || name == "build.failed" || name.starts_with("stage.") ||
         name.starts_with("saved.");
}

std::string others_text(const Counters& counters) {
  std::string text;
  for (const auto& [name, count] : counters) {
    if (is_shown(name) || count == 0) continue;
    const CounterRow* row = counter_row(name);
    text += line(format_count(count), row != nullptr ? std::string(row->words) : name);
  }
  return text.empty() ? text : "\n" + text;
}

std::string text_of(const v1::StatsResponse& stats, const std::vector<PrivateRun>& runs,
                    const Environment& environment) {
  const std::int64_t now = std::time(nullptr);
  const Counters counters = counters_of(stats);
  std::string text = line("cache", environment.paths.cache_dir);
  text += line("size", size_text(stats));
  text += line("entries", format_count(stats.entries()) + ": results, and notes about builds");
  if (stats.since() != 0) {
    const auto age = static_cast<std::uint64_t>(std::max<std::int64_t>(now - stats.since(), 0));
    text += line("since", format_time(stats.since(), now) + " (" + format_duration(age) + ")");
  }
  text += builds_text(counters);
  text += line("saved", time_saved(value(counters, "saved.microseconds")) +
                            ": what it took to make the results that were found");
  text += private_text(runs, now);
  return text + stages_text(counters) + others_text(counters);
}

}  // namespace

Result<ExitCode> run_stats(const Arguments& arguments, const Environment& environment) {
  v1::StatsResponse stats;
  TRY(call_daemon(environment, {.may_start = false}, [&](Connection& connection) {
    stats.Clear();
    CallEnd end = call_admin(connection, "Stats", v1::StatsRequest(), stats);
    if (!end.is_ok() || !arguments.has(Option::zero)) return end;
    v1::ZeroCountersResponse zeroed;
    return call_admin(connection, "ZeroCounters", v1::ZeroCountersRequest(), zeroed);
  }));
  std::vector<PrivateRun> runs = private_runs(environment.paths);
  std::erase_if(runs, [&](const PrivateRun& run) { return run.time < stats.since(); });
  TRY(print(arguments.has(Option::json) ? json_of(stats, runs)
                                        : text_of(stats, runs, environment)));
  return ExitCode::done;
}

}  // namespace cbundle
