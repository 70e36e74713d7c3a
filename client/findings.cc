#include "client/findings.h"

#include <algorithm>

#include "client/json.h"
#include "client/quantity.h"

namespace cbundle {
namespace {

using Level = Finding::Level;

std::string word_of(Level level) {
  switch (level) {
    case Level::fine: return "fine";
    case Level::costs: return "costs";
    case Level::broken: return "broken";
  }
  return "unknown";
}

std::ptrdiff_t count(const Findings& findings, Level level) {
  return std::ranges::count(findings, level, &Finding::level);
}

std::string sum_of(const Findings& findings) {
  const std::ptrdiff_t broken = count(findings, Level::broken);
  const std::ptrdiff_t costs = count(findings, Level::costs);
  const auto things = [](std::ptrdiff_t number, const std::string& one, const std::string& many) {
    return std::to_string(number) + (number == 1 ? " thing " + one : " things " + many);
  };
  std::string text = broken == 0 ? "Nothing is broken" : things(broken, "is broken", "are broken");
  text +=
      costs == 0 ? ", and nothing costs time" : ", and " + things(costs, "costs", "cost") + " time";
  return text + ".\n";
}

}  // namespace

std::string text_of(const Findings& findings) {
  constexpr std::size_t column = 8;
  std::string text;
  for (const Level level : {Level::broken, Level::costs, Level::fine}) {
    for (const Finding& finding : findings) {
      if (finding.level != level) continue;
      text += padded(word_of(level), column) + wrapped(finding.message, column) + '\n';
      if (finding.hint.empty()) continue;
      text += std::string(column, ' ') + "-> " + wrapped(finding.hint, column + 3) + '\n';
    }
  }
  return text + sum_of(findings);
}

std::string json_of(const Findings& findings) {
  JsonObject json;
  json.number("broken", count(findings, Level::broken));
  json.number("costs", count(findings, Level::costs));
  json.raw("findings", json_array(findings, [](const Finding& finding) {
             JsonObject each;
             each.text("level", word_of(finding.level)).text("name", finding.name);
             return each.text("message", finding.message).text("hint", finding.hint).take();
           }));
  return json.take() + '\n';
}

bool is_anything_broken(const Findings& findings) { return count(findings, Level::broken) > 0; }

}  // namespace cbundle
