#include "client/report.h"

#include <algorithm>

#include "client/json.h"
#include "client/quantity.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

std::string_view name_of(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_HIT: return "hit";
    case v1::OUTCOME_RAN: return "ran";
    case v1::OUTCOME_REMOTE: return "remote";
    case v1::OUTCOME_SHARED: return "shared";
    default: return "unknown";
  }
}

std::uint64_t microseconds_of(const BuildReport& report) {
  return static_cast<std::uint64_t>(report.duration.count());
}

// "1234.567 ms", with the decimal points below each other.
std::string time_column(std::uint64_t microseconds) {
  constexpr std::size_t width = 9;
  const std::string number = milliseconds(microseconds);
  return std::string(width - std::min(width, number.size()), ' ') + number + " ms";
}

}  // namespace

std::string milliseconds(std::uint64_t microseconds) {
  std::string fraction = std::to_string(1000 + microseconds % 1000);
  fraction.front() = '.';
  return std::to_string(microseconds / 1000) + fraction;
}

std::string json_of_stage(const v1::StageFinished& stage) {
  std::string json = "{\"stage\":" + json_string(stage.stage());
  json += ",\"outcome\":" + json_string(name_of(stage.outcome()));
  json += ",\"milliseconds\":" + milliseconds(stage.microseconds());
  return json + ",\"reason\":" + json_string(stage.reason()) + '}';
}

std::string json_of_diagnostic(const Diagnostic& d) {
  std::string json = "{\"severity\":" + json_string(name_of(d.severity));
  const auto text = [&](const char* name, const std::string& value) {
    if (!value.empty()) json.append(",\"").append(name).append("\":") += json_string(value);
  };
  const auto number = [&](const char* name, std::uint64_t value) {
    json.append(",\"").append(name).append("\":") += std::to_string(value);
  };
  text("file", d.file);
  if (d.line != 0) number("line", d.line);
  text("object", d.object);
  text("symbol", d.symbol);
  text("section", d.section);
  if (!d.section.empty()) number("offset", d.offset);
  text("relocation", d.relocation);
  text("target", d.target);
  text("message", d.message);
  text("hint", d.hint);
  if (d.similar != 0) number("similar", d.similar);
  return json + '}';
}

std::string outcome_of(const v1::StageFinished& stage) {
  return padded(stage.stage(), 9) + "  " + padded(std::string(name_of(stage.outcome())), 6) +
         time_column(stage.microseconds());
}

std::string json_of(const BuildReport& report) {
  std::string json = "{\"output\":" + json_string(report.output);
  if (report.succeeded) {
    json += ",\"digest\":" + json_string(report.digest.hex());
    json += ",\"milliseconds\":" + milliseconds(microseconds_of(report));
  }
  json += ",\"stages\":" + json_array(report.stages, json_of_stage);
  json += ",\"diagnostics\":" + json_array(report.diagnostics, json_of_diagnostic);
  if (!report.notes.empty()) {
    json += ",\"notes\":" + json_array(report.notes, json_of_diagnostic);
  }
  return json + "}\n";
}

std::string table_of(const BuildReport& report) {
  std::string table;
  for (const v1::StageFinished& stage : report.stages) {
    table += outcome_of(stage);
    if (!stage.reason().empty()) table += "  " + stage.reason();
    table += '\n';
  }
  return table + padded("total", 17) + time_column(microseconds_of(report)) + '\n';
}

}  // namespace cbundle
