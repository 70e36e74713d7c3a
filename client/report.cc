// Lays out build reports.
#include "client/report.h"

#include <algorithm>

#include "client/hasher.h"
#include "client/json.h"

namespace cbundle {
namespace {

std::string_view name_of(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_HIT: return "hit";
    case v1::OUTCOME_RAN: return "ran";
    case v1::OUTCOME_SHARED: return "shared";
    default: return "unknown";
  }
}

std::string json_of(const v1::StageFinished& stage) {
  std::string json = "{\"stage\":" + json_string(stage.stage());
  json += ",\"outcome\":" + json_string(name_of(stage.outcome()));
  json += ",\"milliseconds\":" + json_milliseconds(stage.microseconds());
  return json + ",\"reason\":" + json_string(stage.reason()) + '}';
}

std::string padded(std::string_view text, std::size_t width) {
  std::string line(text);
  line.resize(std::max(width, line.size()), ' ');
  return line;
}

// "1234.567 ms", the points below each other.
std::string time_column(std::uint64_t microseconds) {
  constexpr std::size_t width = 9;
  const std::string number = json_milliseconds(microseconds);
  return std::string(width - std::min(width, number.size()), ' ') + number + " ms";
}

}  // namespace

std::string json_of(const BuildReport& report) {
  std::string json = "{\"output\":" + json_string(report.output);
  if (report.error) {
    json += ",\"error\":" + json_string(*report.error);
  } else {
    json += ",\"digest\":" + json_string(hex(report.digest));
    json += ",\"milliseconds\":" + json_milliseconds(report.microseconds);
  }
  json += ",\"stages\":[";
  for (std::size_t i = 0; i < report.stages.size(); ++i) {
    if (i > 0) json += ',';
    json += json_of(report.stages[i]);
  }
  return json + "]}\n";
}

std::string table_of(const BuildReport& report) {
  std::string table;
  for (const v1::StageFinished& stage : report.stages) {
    table += padded(stage.stage(), 9) + "  " + padded(name_of(stage.outcome()), 6);
    table += time_column(stage.microseconds());
    if (!stage.reason().empty()) table += "  " + stage.reason();
    table += '\n';
  }
  return table + padded("total", 17) + time_column(report.microseconds) + '\n';
}

}  // namespace cbundle
