// cbundle stats: what the cache holds and has done.
#include <algorithm>
#include <map>
#include <optional>

#include "client/admin_call.h"
#include "client/command.h"
#include "client/json.h"
#include "client/quantity.h"
#include "client/service.h"
#include "client/terminal.h"

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

std::string line(std::string name, const std::string& value) {
  constexpr std::size_t width = 24;
  name.resize(std::max(width, name.size() + 1), ' ');
  return name + value + '\n';
}

std::string text_of(const v1::StatsResponse& stats, const Environment& environment) {
  std::string text = line("cache", environment.paths.cache_dir);
  std::string size = size_in_words(stats.bytes());
  size += stats.max_bytes() == 0 ? ", no limit" : " of " + size_in_words(stats.max_bytes());
  text += line("size", size);
  text += line("entries", std::to_string(stats.entries()));
  text += line("blobs", std::to_string(stats.blobs()));
  for (const auto& [name, count] : sorted_counters(stats)) {
    text += line(name, std::to_string(count));
  }
  return text;
}

}  // namespace

ExitCode run_stats(const Arguments& arguments, const Environment& environment) {
  v1::StatsResponse stats;
  const auto failure = serve(environment, {.may_start = false}, [&](Connection& connection) {
    stats.Clear();
    return ask_admin(connection, "Stats", v1::StatsRequest(), stats);
  });
  if (failure) {
    say(Tone::error, failure->message);
    return failure->code;
  }
  const bool as_json = std::any_of(arguments.options.begin(), arguments.options.end(),
                                   [](const GivenOption& g) { return g.option == Option::json; });
  const bool is_told = print(as_json ? json_of(stats) : text_of(stats, environment));
  return is_told ? ExitCode::done : ExitCode::build_failed;
}

}  // namespace cbundle
