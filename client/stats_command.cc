// cbundle stats: the size of the cache, and its counters.
#include <map>

#include "client/admin_call.h"
#include "client/command.h"
#include "client/quantity.h"
#include "client/service.h"
#include "client/terminal.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

std::map<std::string, std::uint64_t> sorted_counters(const v1::StatsResponse& stats) {
  return {stats.counters().begin(), stats.counters().end()};
}

std::string json_of(const v1::StatsResponse& stats) {
  std::string json = "{\"entries\":" + std::to_string(stats.entries());
  json += ",\"blobs\":" + std::to_string(stats.blobs());
  json += ",\"bytes\":" + std::to_string(stats.bytes());
  json += ",\"max_bytes\":" + std::to_string(stats.max_bytes()) + ",\"counters\":{";
  bool is_first = true;
  for (const auto& [name, count] : sorted_counters(stats)) {
    if (!is_first) json += ',';
    is_first = false;
    json += json_string(name) + ':' + std::to_string(count);
  }
  return json + "}}\n";
}

std::string line(const std::string& name, const std::string& value) {
  return padded(name, 23) + ' ' + value + '\n';
}

std::string text_of(const v1::StatsResponse& stats, const Environment& environment) {
  std::string text = line("cache", environment.paths.cache_dir);
  std::string size = format_size(stats.bytes());
  size += stats.max_bytes() == 0 ? ", no limit" : " of " + format_size(stats.max_bytes());
  text += line("size", size);
  text += line("entries", std::to_string(stats.entries()));
  text += line("blobs", std::to_string(stats.blobs()));
  for (const auto& [name, count] : sorted_counters(stats)) {
    text += line(name, std::to_string(count));
  }
  return text;
}

}  // namespace

Result<ExitCode> run_stats(const Arguments& arguments, const Environment& environment) {
  v1::StatsResponse stats;
  TRY(call_daemon(environment, {.may_start = false}, [&](Connection& connection) {
    stats.Clear();
    return call_admin(connection, "Stats", v1::StatsRequest(), stats);
  }));
  TRY(print(arguments.has(Option::json) ? json_of(stats) : text_of(stats, environment)));
  return ExitCode::done;
}

}  // namespace cbundle
